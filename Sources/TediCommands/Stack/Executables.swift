import Foundation

/// Finds the programs of Tedi.
enum Executables {
    /// Folder of the running program.
    static var ownFolder: String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: link ?? CommandLine.arguments[0]).deletingLastPathComponent().path
    }

    /// Path of a program: beside this one, or else where `PATH` has it.
    static func find(
        _ name: String, besides folder: String = ownFolder, environment: [String: String]
    ) -> String? {
        let path = environment["PATH", default: ""].split(separator: ":").map(String.init)
        return ([folder] + path).map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The same, or an error that says how to get it.
    static func require(
        _ name: String, besides folder: String = ownFolder, environment: [String: String]
    ) throws(CommandError) -> String {
        guard let path = find(name, besides: folder, environment: environment) else {
            throw .failed(
                "the program \(name) is neither in \(folder) nor in PATH",
                remedy: "Build it with: swift build -c release --product \(name)")
        }
        return path
    }
}
