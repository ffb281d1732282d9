internal import Torch

/// The table of contents of a ZIP archive, also of one over 4 GiB.
///
/// Checksums are not compared: tensors are read in parts, a checksum is of a whole entry, and it protects from no
/// attacker. What keeps memory safe is that every size and place is checked against the file.
struct ZipDirectory {
    struct Entry {
        let name: String
        /// Bytes of the name, also where they are no UTF-8.
        let nameLength: Int
        /// Bytes as they are used, and as they are stored.
        let size: UInt64
        let storedSize: UInt64
        let headerPlace: UInt64
        let isPacked: Bool
    }

    private static let sizeLimit = 16 << 20
    private static let countLimit = 100_000

    private(set) var entries: [String: Entry] = [:]
    private let file: OpenFile

    init(_ file: OpenFile) throws(CheckpointFault) {
        self.file = file
        let end = try ZipEnd(file)
        guard end.directorySize <= UInt64(Self.sizeLimit), end.count <= UInt64(Self.countLimit) else {
            throw CheckpointFault(.overLimit("the archive has \(end.count) entries, more than any checkpoint needs"))
        }
        guard end.directoryPlace <= UInt64(end.place), end.directorySize <= UInt64(end.place) - end.directoryPlace
        else { throw CheckpointFault(.damagedArchive("its directory is not where it must be")) }
        let start = Int(end.directoryPlace)
        let range = start..<start + Int(end.directorySize)
        var source = ByteSource(file, range, part: "the archive's directory", limit: Self.sizeLimit)
        for _ in 0..<end.count {
            let entry = try Self.entry(&source)
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw CheckpointFault(.damagedArchive("entry \(Unpickler.shown(entry.name)) occurs twice"))
            }
        }
    }

    /// Where the bytes of an entry lie in the file.
    func range(_ entry: Entry) throws(CheckpointFault) -> Range<Int> {
        let shown = Unpickler.shown(entry.name)
        guard !entry.isPacked else { throw CheckpointFault(.packedEntry(shown)) }
        guard entry.size <= UInt64(file.size) else {
            throw CheckpointFault(.entryOutsideFile(entry: shown, claimed: entry.size, fileSize: file.size))
        }
        guard entry.size == entry.storedSize, entry.headerPlace < UInt64(file.size) else {
            throw CheckpointFault(.damagedArchive("size or place of entry \(shown)"))
        }
        // The entry has a header of its own, whose padding puts the bytes at a round place.
        let place = Int(entry.headerPlace)
        var source = ByteSource(file, place..<file.size, part: "entry \(shown)", limit: 30 + entry.nameLength)
        guard try source.number(4) == 0x0403_4B50 else {
            throw CheckpointFault(.damagedArchive("entry \(shown) has no header"))
        }
        _ = try source.bytes(22)
        let nameLength = Int(try source.number(2))
        let extraLength = Int(try source.number(2))
        guard nameLength == entry.nameLength,
            String(decoding: try source.bytes(nameLength), as: UTF8.self) == entry.name
        else {
            throw CheckpointFault(.damagedArchive("entry \(shown) has another name in its header"))
        }
        let start = source.position + extraLength
        guard start <= file.size, Int(entry.size) <= file.size - start else {
            throw CheckpointFault(.entryOutsideFile(entry: shown, claimed: entry.size, fileSize: file.size))
        }
        return start..<start + Int(entry.size)
    }

    private static func entry(_ source: inout ByteSource) throws(CheckpointFault) -> Entry {
        guard try source.number(4) == 0x0201_4B50 else {
            throw CheckpointFault(.damagedArchive("its directory has another count of entries"))
        }
        _ = try source.number(4)
        let flags = try source.number(2)
        let method = try source.number(2)
        _ = try source.bytes(8)
        var storedSize = try source.number(4)
        var size = try source.number(4)
        let nameLength = Int(try source.number(2))
        let extraLength = Int(try source.number(2))
        let commentLength = Int(try source.number(2))
        _ = try source.bytes(8)
        var place = try source.number(4)
        let name = String(decoding: try source.bytes(nameLength), as: UTF8.self)
        var extra = ByteSource(try source.bytes(extraLength), part: "the archive's directory")
        _ = try source.bytes(commentLength)
        while extra.position + 4 <= extraLength {
            let kind = try extra.number(2)
            let length = Int(try extra.number(2))
            var field = ByteSource(try extra.bytes(length), part: "the archive's directory")
            guard kind == 1 else { continue }
            // Only numbers that do not fit into their place stand here, in this order.
            if size == 0xFFFF_FFFF { size = try field.number(8) }
            if storedSize == 0xFFFF_FFFF { storedSize = try field.number(8) }
            if place == 0xFFFF_FFFF { place = try field.number(8) }
        }
        return Entry(
            name: name, nameLength: nameLength, size: size, storedSize: storedSize, headerPlace: place,
            isPacked: method != 0 || flags & 1 != 0)
    }
}
