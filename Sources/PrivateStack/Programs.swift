import Foundation

/// A version as its parts: 15.20, 7.0.15.
struct Version: Comparable, CustomStringConvertible {
    var parts: [Int]

    /// Reads the first run of digits and dots after a marker, as in `Redis server v=7.0.15 sha=…`.
    init?(in text: String, after marker: String) {
        guard let range = text.range(of: marker) else { return nil }
        let number = text[range.upperBound...].prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        parts = number.split(separator: ".").compactMap { Int($0) }
        guard !parts.isEmpty else { return nil }
    }

    init(_ parts: Int...) { self.parts = parts }

    var major: Int { parts[0] }
    var description: String { parts.map(String.init).joined(separator: ".") }

    static func < (left: Self, right: Self) -> Bool { left.parts.lexicographicallyPrecedes(right.parts) }
}

/// Finds programs.
enum Programs {
    /// Folders of PATH and those of Debian's system programs, which a user's PATH may lack.
    static var searchPath: [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/sbin", "/bin", "/sbin"]
    }

    /// Path of the first program of that name.
    static func find(_ name: String, in folders: [String] = searchPath) -> String? {
        folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Path of a program that every Debian has.
    static func require(_ name: String, package: String) throws(PrivateStackError) -> String {
        guard let path = find(name) else {
            throw PrivateStackError(
                .notInstalled, "the program \(name) is missing", remedy: "apt-get install \(package)")
        }
        return path
    }

    /// First line that a program prints.
    static func firstLine(_ command: [String]) -> String? {
        guard let result = try? ChildProcess.run(command), result.status == 0 else { return nil }
        return result.output.split(separator: "\n").first.map(String.init)
    }
}
