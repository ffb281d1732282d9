/// What a file is by its first bytes; names of files say too little.
enum FileSignature: Equatable {
    case archive
    case pickle
    case safeTensors

    /// Bytes that are looked at.
    static let length = 512

    /// Tells the format of a file that begins with `head`.
    ///
    /// - Throws: what the file is instead, and what to do about it.
    init(_ head: [UInt8]) throws(CheckpointFault) {
        func begins(_ bytes: [UInt8]) -> Bool { head.starts(with: bytes) }
        if begins([0x50, 0x4B, 3, 4]) || begins([0x50, 0x4B, 5, 6]) {
            self = .archive
        } else if head.count > 8, head[8] == UInt8(ascii: "{") {
            self = .safeTensors
        } else if begins([0x80]) {
            self = .pickle
        } else {
            throw CheckpointFault(.notACheckpoint(Self.stranger(head)))
        }
    }

    private static func stranger(_ head: [UInt8]) -> String {
        if head.isEmpty { return "the file is empty; download it again" }
        let text = String(decoding: head, as: UTF8.self)
        if text.hasPrefix("version https://git-lfs") {
            return "a pointer of Git LFS; fetch the file itself with `git lfs pull`"
        }
        if text.drop(while: { $0.isWhitespace || $0 == "\u{FEFF}" }).first == "<" {
            return "it looks like an HTML page, as a failed download leaves it; open it in a browser and download again"
        }
        if head.starts(with: [0x1F, 0x8B]) { return "it is compressed with gzip; unpack it with gunzip" }
        if head.starts(with: Array("BZh".utf8)) { return "it is compressed with bzip2; unpack it with bunzip2" }
        if head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) { return "it is compressed with xz; unpack it with unxz" }
        if head.count >= 262, Array(head[257..<262]) == Array("ustar".utf8) {
            return "a tar archive, such as PyTorch wrote before 0.1.10; unpack it, or load it there and save it again"
        }
        let shown = head.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
        return "it begins with \(shown), as no known container does"
    }
}
