/// One chunk of a PNG file: a name of four letters, and bytes.
struct PNGChunk {
    /// The eight bytes that every PNG file begins with.
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    let type: String
    let data: ArraySlice<UInt8>
    /// Where the next one begins.
    let end: Int

    /// The chunk that begins at a place, or `nil` where the file ends before it does; its checksum is not looked at.
    init?(in file: [UInt8], at position: Int) {
        guard position >= 0, file.count - position >= 12 else { return nil }
        let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= file.count - position - 12 else { return nil }
        type = String(decoding: file[position + 4..<position + 8], as: UTF8.self)
        data = file[position + 8..<position + 8 + length]
        end = position + 12 + length
    }

    /// Every chunk of a file, up to its end.
    static func all(in file: [UInt8]) throws(ImageError) -> [PNGChunk] {
        guard file.starts(with: signature) else { throw .notPNG }
        var chunks: [PNGChunk] = []
        var position = signature.count
        while chunks.last?.type != "IEND" {
            guard let chunk = PNGChunk(in: file, at: position) else { throw .codec(.png, "it ends too early") }
            chunks.append(chunk)
            position = chunk.end
        }
        return chunks
    }
}

/// Writes a PNG file chunk by chunk, each with its checksum.
struct PNGChunkWriter {
    private(set) var bytes = PNGChunk.signature

    mutating func write(_ type: String, _ data: some Collection<UInt8>) {
        let length = UInt32(data.count)
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
        let start = bytes.count
        bytes += Array(type.utf8)
        bytes += data
        let sum = Self.checksum(bytes[start...])
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
    }

    /// CRC-32 as ISO 3309 has it; section 5.5 of the specification.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { buffer in
            ~buffer.reduce(~0) { sum, byte in table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
        }
    }

    /// The checksum of each byte alone.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
    }
}
