import Client
import Foundation
import Glibc
import JobAPI

/// `metadata.jsonl` in the making: the lines go to a file beside it, which takes its place when all are written.
struct MetadataFile: ~Copyable {
    private static let name = "metadata.jsonl"
    /// Longest beginning of a file that is read for its first line.
    private static let headLimit = 256 << 10
    private static let bufferSize = 256 << 10

    private let path: String
    private let draft: String
    private let descriptor: CInt
    private var buffer: [UInt8] = []

    /// Begins a file; what was written is forgotten unless it is committed.
    init(in folder: String) throws(ClientError) {
        path = "\(folder)/\(Self.name)"
        draft = "\(folder)/.\(Self.name)-\(UUID().uuidString)"
        descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path, errno) }
    }

    deinit {
        close(descriptor)
        // Gone already where it was committed.
        unlink(draft)
    }

    /// Adds a line.
    mutating func append(_ image: PulledImage) throws {
        buffer += try WireFormat.encode(image)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Puts the file into its place.
    mutating func commit() throws(ClientError) {
        try flush()
        guard rename(draft, path) == 0 else { throw Self.failure(path, errno) }
    }

    private mutating func flush() throws(ClientError) {
        let failure = Descriptor.write(buffer, to: descriptor)
        guard failure == 0 else { throw Self.failure(path, failure) }
        buffer.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String, _ number: CInt) -> ClientError {
        .file(path: path, reason: String(cString: strerror(number)))
    }

    // MARK: What is there

    private struct Head: Decodable {
        let batch: Int64
    }

    /// Refuses a folder whose file describes another batch: the images of both would be mixed.
    static func refuse(others batch: Int64, in folder: String) throws(CommandError) {
        let path = "\(folder)/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { return }
        let file = FileHandle(forReadingAtPath: path)
        defer { try? file?.close() }
        let start = (try? file?.read(upToCount: headLimit)) ?? nil
        if let file, start == nil || start?.isEmpty == true {
            // An empty file is that of a batch without images, of whatever number.
            if (try? file.seekToEnd()) == 0 { return }
        }
        let line = start?.prefix { $0 != UInt8(ascii: "\n") }
        let head = line.flatMap { try? WireFormat.decode(Head.self, from: Data($0)) }
        guard head?.batch != batch else { return }
        let found = head.map { "describes batch \($0.batch)" } ?? "does not say which batch it describes"
        throw .badInput(
            "\(path) \(found), and this is batch \(batch); nothing was written",
            remedy: "Choose another folder, or replace what is there with --force.")
    }
}
