import Jobs

/// Writes an item as the JSON that the coordinator reads.
enum ItemWriter {
    static func json(_ item: CaptionItem) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(item.caption.utf8.count + 32)
        bytes += "{\"caption\":".utf8
        append(item.caption, to: &bytes)
        if let id = item.customID {
            bytes += ",\"custom_id\":".utf8
            append(id, to: &bytes)
        }
        if let seed = item.seed { bytes += ",\"seed\":\(seed)".utf8 }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes += "\\u00".utf8
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
