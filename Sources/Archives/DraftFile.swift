import Glibc

/// A file in the making: it gets its name by a rename when everything is written, so that it is whole or not there.
///
/// The draft has a fixed name of its own, so that one that a killed process has left is written over.
package struct DraftFile: ~Copyable {
    private static let bufferSize = 256 << 10

    private let path: String
    private let draft: String
    private let descriptor: CInt
    private var buffer: [UInt8] = []
    private var isCommitted = false

    /// Bytes written so far.
    package private(set) var count = 0

    /// Begins a file; what was written is forgotten unless it is committed.
    package init(_ path: String) throws(ArchiveError) {
        self.path = path
        let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        draft = "\(path[..<slash]).\(path[slash...]).draft"
        descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw ArchiveError(path) }
    }

    deinit {
        close(descriptor)
        if !isCommitted { unlink(draft) }
    }

    /// Adds bytes.
    package mutating func write(_ bytes: some Collection<UInt8>) throws(ArchiveError) {
        buffer += bytes
        count += bytes.count
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// Puts the file into its place.
    /// - Parameter isDurable: whether for good, also where the machine loses its power a moment later.
    package mutating func commit(isDurable: Bool = true) throws(ArchiveError) {
        try flush()
        guard !isDurable || fsync(descriptor) == 0, rename(draft, path) == 0 else { throw ArchiveError(path) }
        isCommitted = true
    }

    private mutating func flush() throws(ArchiveError) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw ArchiveError(path) }
            rest = rest.dropFirst(written)
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Writes a whole file.
    package static func write(
        _ bytes: some Collection<UInt8>, to path: String, isDurable: Bool = true
    ) throws(ArchiveError) {
        var file = try DraftFile(path)
        try file.write(bytes)
        try file.commit(isDurable: isDurable)
    }
}
