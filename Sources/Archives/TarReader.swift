import Glibc

/// A file in a tar archive: its name and where its bytes lie.
package struct TarMember: Sendable, Hashable {
    /// The name, as it stands in the archive.
    package let name: String
    /// Where its bytes begin.
    package let offset: Int
    /// How many bytes it has.
    package let size: Int
}

/// Reads the names in a tar archive one after the other; the files themselves are read where somebody wants them.
///
/// Links, folders and devices are passed over: a shard has none, and following one would lead out of it.
package struct TarReader {
    /// Longest note about a name.
    private static let longestNote = 1 << 20

    private let path: String
    private let descriptor: CInt
    private let length: Int
    private var position = 0

    /// Reads an archive that is open and stays so; its path is for messages.
    package init(_ path: String, descriptor: CInt) throws(ArchiveError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ArchiveError(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ArchiveError(path, "it is no plain file") }
        self.path = path
        self.descriptor = descriptor
        length = Int(status.st_size)
    }

    /// The next file, or nil at the end.
    /// - Throws: ``ArchiveError`` where the archive is cut off or no archive at all; nothing behind it can be read.
    package mutating func next() throws(ArchiveError) -> TarMember? {
        var longName: String?
        while position < length {
            let block = try bytes(at: position, count: TarHeader.size)
            // Two blocks of zeros end an archive; one is enough to know.
            guard block.contains(where: { $0 != 0 }) else { return nil }
            guard let header = TarHeader(reading: block) else {
                throw ArchiveError(path, "it is no tar archive, or a damaged one, at byte \(position)")
            }
            let start = position + TarHeader.size
            guard header.size <= length - start else {
                throw ArchiveError(path, "it ends within “\(header.name.prefix(120))”")
            }
            position = start + header.size + TarHeader.padding(of: header.size)
            switch header.kind {
            case .other: longName = nil
            case .file: return TarMember(name: longName ?? header.name, offset: start, size: header.size)
            case .note, .longName:
                guard header.size <= Self.longestNote else {
                    throw ArchiveError(path, "a note at byte \(start) is too long")
                }
                let note = try bytes(at: start, count: header.size)
                longName = header.kind == .longName ? Self.text(note) : Self.path(in: note) ?? longName
            }
        }
        return nil
    }

    private func bytes(at offset: Int, count: Int) throws(ArchiveError) -> [UInt8] {
        try Self.read(path, descriptor, at: offset, count: count)
    }

    /// Some bytes of an open file.
    package static func read(
        _ path: String, _ descriptor: CInt, at offset: Int, count: Int
    ) throws(ArchiveError) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            while initialised < count {
                let got = pread(
                    descriptor, buffer.baseAddress?.advanced(by: initialised), count - initialised,
                    off_t(offset + initialised))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    code = got < 0 ? errno : 0
                    return
                }
                initialised += got
            }
        }
        guard bytes.count == count else {
            throw code == 0
                ? ArchiveError(path, "it ends at byte \(offset + bytes.count)") : ArchiveError(path, system: code)
        }
        return bytes
    }

    private static func text(_ bytes: [UInt8]) -> String? {
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The name in a note: records of a length, a name, `=`, a value and a line feed.
    private static func path(in note: [UInt8]) -> String? {
        var rest = note[...]
        while let space = rest.firstIndex(of: 0x20), let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
            length > space - rest.startIndex, length <= rest.count
        {
            let record = rest[(space + 1)..<(rest.startIndex + length)]
            if record.starts(with: Array("path=".utf8)), record.last == UInt8(ascii: "\n") {
                return String(validating: record.dropFirst(5).dropLast(), as: UTF8.self)
            }
            rest = rest[(rest.startIndex + length)...]
        }
        return nil
    }
}
