/// One block of a tar archive that describes the file behind it (POSIX.1-1988, ustar).
struct TarHeader {
    /// Every header is as long, and every file is filled up to a multiple of it.
    static let size = 512

    /// What a header describes.
    enum Kind: Equatable {
        case file
        /// A note about the next file, in pairs of names and values (POSIX.1-2001).
        case note
        /// The name of the next file, as GNU tar writes long ones.
        case longName
        /// A folder, link, device or note about all files: nothing to read.
        case other
    }

    let name: String
    let size: Int
    let kind: Kind

    /// How many bytes of filling stand behind so many bytes of a file.
    static func padding(of size: Int) -> Int { (512 - size % 512) % 512 }
}

// MARK: Writing

extension TarHeader {
    /// The longest name of a file, in bytes.
    static let longestName = 100
    /// The largest file whose size fits in eleven octal digits.
    static let largestFile = 0o77777777777

    /// The header of a plain file: no owner and no time, so that the same files give the same bytes.
    static func block(name: String, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.size)
        func put(_ text: String, at place: Int) {
            for (offset, byte) in text.utf8.enumerated() { block[place + offset] = byte }
        }
        func octal(_ value: Int, digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.utf8.count) + text
        }
        put(name, at: 0)
        put(octal(0o644, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(0, digits: 11), at: 136)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(checksum(block), digits: 6), at: 148)
        block[154] = 0
        block[155] = 0x20
        return block
    }

    /// The sum of all bytes, those of the sum itself taken as spaces.
    private static func checksum(_ block: [UInt8]) -> Int {
        block.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 0x20 : Int(block[$1])) }
    }
}

// MARK: Reading

extension TarHeader {
    /// Reads a block; nil where it is none of a tar archive.
    init?(reading block: [UInt8]) {
        guard block.count == Self.size, let sum = Self.octal(block[148..<156]), sum == Self.checksum(block),
            let size = Self.number(block[124..<136])
        else { return nil }
        let isPOSIX = Array(block[257..<263]) == Array("ustar\0".utf8)
        let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
        guard let name = Self.text(block[0..<100]), let prefix else { return nil }
        self.name = prefix.isEmpty ? name : "\(prefix)/\(name)"
        self.size = size
        kind =
            switch block[156] {
            case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): .file
            case UInt8(ascii: "x"): .note
            case UInt8(ascii: "L"): .longName
            default: .other
            }
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String? {
        String(validating: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
        guard !digits.isEmpty else { return 0 }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// A number in octal digits, or, where the first bit is set, in bytes as GNU tar writes large ones.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first, first & 0x80 != 0 else { return octal(field) }
        guard first == 0x80, field.dropFirst().prefix(4).allSatisfy({ $0 == 0 }) else { return nil }
        let value = field.suffix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return value <= UInt64(Int.max) ? Int(value) : nil
    }
}
