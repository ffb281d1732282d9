import Foundation

/// A folder that is removed when the test is over.
public struct Scratch: ~Copyable {
    /// Where it is.
    public let path: String

    /// Makes an empty one.
    public init() throws {
        path = NSTemporaryDirectory() + "/tedi-scratch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and gives its path.
    public func file(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(content).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Writes a file of text and gives its path.
    public func file(_ name: String, _ content: String) throws -> String {
        try file(name, content.utf8)
    }
}
