import Foundation

/// The programs of this build: they are in the folder that tests are built into.
public enum BuiltPrograms {
    /// Path of a program; an error says how to build one that is missing.
    public static func path(of name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = (own as NSString).deletingLastPathComponent + "/\(name)"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw LiveError("\(program) is missing: swift build --product \(name)")
        }
        return program
    }
}
