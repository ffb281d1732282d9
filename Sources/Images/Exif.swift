/// What Exif says in a file about how the camera was held; nothing else of it is read.
///
/// Any length and offset in the file may be wrong: what leads outside of its block counts as not there, and each byte
/// is visited a limited number of times.
///
/// Source: Exif 2.3 (CIPA DC-008), sections 4.5 and 4.6; TIFF 6.0, section 2.
enum Exif {
    /// The orientation, upright where the file has none or one that makes no sense.
    static func orientation(inJPEG file: [UInt8]) -> Orientation {
        block(inJPEG: file).flatMap(TIFFBlock.init)?.orientation.flatMap(Orientation.init) ?? .upright
    }

    /// The orientation in a block without its name, as PNG files have it.
    static func orientation(inBlock block: ArraySlice<UInt8>) -> Orientation {
        TIFFBlock(block)?.orientation.flatMap(Orientation.init) ?? .upright
    }

    /// The first application segment with Exif in it, without its name, looked for up to the first scan.
    private static func block(inJPEG file: [UInt8]) -> ArraySlice<UInt8>? {
        var position = 2
        while position + 4 <= file.count, file[position] == 0xFF {
            let marker = file[position + 1]
            // Any number of these bytes may stand before a marker.
            if marker == 0xFF {
                position += 1
                continue
            }
            guard marker != startOfScan, marker != endOfImage else { return nil }
            let end = position + 2 + Int(file[position + 2]) << 8 + Int(file[position + 3])
            // The length counts its own two bytes.
            guard end >= position + 4, end <= file.count else { return nil }
            let body = file[position + 4..<end]
            if marker == application1, body.starts(with: name) { return body.dropFirst(name.count) }
            position = end
        }
        return nil
    }

    private static let application1: UInt8 = 0xE1
    private static let startOfScan: UInt8 = 0xDA
    private static let endOfImage: UInt8 = 0xD9
    private static let name: [UInt8] = Array("Exif\0\0".utf8)
}

/// The header and first directory of a TIFF file, the form that Exif takes.
private struct TIFFBlock {
    private let bytes: ArraySlice<UInt8>
    private let isLittleEndian: Bool

    init?(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        switch Array(bytes.prefix(2)) {
        case Array("II".utf8): isLittleEndian = true
        case Array("MM".utf8): isLittleEndian = false
        default: return nil
        }
        guard number(at: 2, length: 2) == 42 else { return nil }
    }

    /// The value of the tag "Orientation", one short number; nil where it is absent or has another form.
    var orientation: Int? {
        guard let directory = number(at: 4, length: 4), let count = number(at: directory, length: 2) else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + index * 12
            guard let tag = number(at: entry, length: 2) else { return nil }
            guard tag == 0x0112 else { continue }
            let isOneShort = number(at: entry + 2, length: 2) == 3 && number(at: entry + 4, length: 4) == 1
            return isOneShort ? number(at: entry + 8, length: 2) : nil
        }
        return nil
    }

    /// An unsigned number of up to 4 bytes, counted from the block's start; nil where it would leave the block.
    private func number(at offset: Int, length: Int) -> Int? {
        guard offset <= bytes.count - length else { return nil }
        let digits = bytes.dropFirst(offset).prefix(length)
        let bigEndian = isLittleEndian ? Array(digits.reversed()) : Array(digits)
        return bigEndian.reduce(0) { $0 << 8 | Int($1) }
    }
}
