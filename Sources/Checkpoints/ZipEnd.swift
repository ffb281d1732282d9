internal import Torch

/// The end of a ZIP archive, which says where its directory is.
struct ZipEnd {
    /// Place of the end itself; the directory lies before it.
    private(set) var place: Int
    private(set) var count: UInt64
    private(set) var directorySize: UInt64
    private(set) var directoryPlace: UInt64

    /// Looks for the end in the last bytes of the file, behind which only a comment of its stated length may come.
    init(_ file: OpenFile) throws(CheckpointFault) {
        let length = min(file.size, 22 + 0xFFFF)
        let start = file.size - length
        let tail = try reading("the archive") { () throws(SafeTensorsFault) in
            try file.bytes(at: start, count: length)
        }
        let found = stride(from: length - 22, through: 0, by: -1).first { place in
            tail[place...].starts(with: [0x50, 0x4B, 5, 6])
                && Int(tail[place + 20]) | Int(tail[place + 21]) << 8 == length - place - 22
        }
        guard let found else { throw CheckpointFault(.truncated("the archive, whose directory is missing,")) }
        place = start + found
        var source = ByteSource(Array(tail[(found + 4)...]), part: "the archive")
        let disks = try source.number(4)
        _ = try source.number(2)
        count = try source.number(2)
        directorySize = try source.number(4)
        directoryPlace = try source.number(4)
        guard disks == 0 || disks == 0xFFFF_FFFF else {
            throw CheckpointFault(.damagedArchive("it is one of several parts"))
        }
        if count == 0xFFFF || directorySize == 0xFFFF_FFFF || directoryPlace == 0xFFFF_FFFF { try readLarge(file) }
    }

    /// The numbers of an archive that are too large for the old end stand in another one before it.
    private mutating func readLarge(_ file: OpenFile) throws(CheckpointFault) {
        let missing = CheckpointFault(.damagedArchive("the end of a large archive is missing"))
        guard place >= 20 else { throw missing }
        var locator = ByteSource(file, place - 20..<place, part: "the archive", limit: 20)
        guard try locator.number(4) == 0x0706_4B50 else { throw missing }
        _ = try locator.number(4)
        guard let start = Int(exactly: try locator.number(8)), start <= place - 20 - 56 else { throw missing }
        var source = ByteSource(file, start..<start + 56, part: "the archive", limit: 56)
        guard try source.number(4) == 0x0606_4B50 else { throw missing }
        _ = try source.bytes(28)
        count = try source.number(8)
        directorySize = try source.number(8)
        directoryPlace = try source.number(8)
        place = start
    }
}
