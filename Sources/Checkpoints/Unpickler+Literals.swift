// Numbers and texts.

extension Unpickler {
    mutating func pushNumber(_ opcode: PickleOpcode) throws(CheckpointFault) {
        switch opcode {
        case .binInt: try push(.integer(Int(Int32(truncatingIfNeeded: try source.number(4)))))
        case .binInt1: try push(.integer(Int(try source.number(1))))
        case .binInt2: try push(.integer(Int(try source.number(2))))
        case .long1: try pushInteger(try source.bytes(Int(try source.byte())))
        case .long4: try pushInteger(try sized(4))
        case .binFloat:
            // The one number that is written with its most significant byte first.
            try push(.double(Double(bitPattern: try source.number(8).byteSwapped)))
        case .float:
            let text = plainText(try source.line(limit: 1_000))
            guard let value = Double(text) else { throw .malformed("the number \(Self.shown(text))") }
            try push(.double(value))
        default:
            let text = plainText(try source.line(limit: 1_000))
            switch (opcode, text) {
            case (.int, "00"): try push(.bool(false))
            case (.int, "01"): try push(.bool(true))
            default:
                guard let value = Int(text.hasSuffix("L") ? text.dropLast() : text[...]) else {
                    throw .malformed("the number \(Self.shown(text))")
                }
                try push(.integer(value))
            }
        }
    }

    /// A number in two's complement, little-endian.
    private mutating func pushInteger(_ bytes: [UInt8]) throws(CheckpointFault) {
        var bytes = bytes
        let filler: UInt8 = bytes.last.map { $0 >= 0x80 ? 0xFF : 0 } ?? 0
        while bytes.count > 8, bytes.last == filler, bytes[bytes.count - 2] & 0x80 == filler & 0x80 {
            bytes.removeLast()
        }
        guard bytes.count <= 8 else { return try push(.longInteger(bytes)) }
        bytes.append(contentsOf: repeatElement(filler, count: 8 - bytes.count))
        try push(.integer(Int(bytes.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) })))
    }

    mutating func pushText(_ opcode: PickleOpcode) throws(CheckpointFault) {
        switch opcode {
        case .binUnicode: try push(.text(unicode(try sized(4))))
        case .shortBinUnicode: try push(.text(unicode(try sized(1))))
        case .binUnicode8: try push(.text(unicode(try sized(8))))
        case .binBytes: try push(.bytes(try sized(4)))
        case .shortBinBytes: try push(.bytes(try sized(1)))
        case .binBytes8, .byteArray8: try push(.bytes(try sized(8)))
        case .binString: try pushLegacyText(try sized(4))
        case .shortBinString: try pushLegacyText(try sized(1))
        case .unicode: try push(.text(try unescaped(try source.line(limit: limits.text), unicode: true)))
        default:
            let line = try source.line(limit: limits.text)
            guard line.count >= 2, let quote = line.first, quote == line.last, quote == 0x22 || quote == 0x27 else {
                throw .malformed("a text without its quotes")
            }
            try push(.text(try unescaped(Array(line[1..<line.count - 1]), unicode: false)))
        }
    }

    /// Python 2 wrote text and bytes alike.
    private mutating func pushLegacyText(_ bytes: [UInt8]) throws(CheckpointFault) {
        if let text = String(validating: bytes, as: UTF8.self) {
            try push(.text(text))
        } else {
            try push(.bytes(bytes))
        }
    }

    /// The decimal number of a line.
    mutating func digits() throws(CheckpointFault) -> UInt64 {
        let text = plainText(try source.line(limit: 20))
        guard let number = UInt64(text) else { throw .malformed("the number \(Self.shown(text))") }
        return number
    }

    /// Bytes behind their count.
    private mutating func sized(_ width: Int) throws(CheckpointFault) -> [UInt8] {
        let count = try source.number(width)
        guard count <= UInt64(limits.text) else {
            throw CheckpointFault(.overLimit("\(source.part) has a text of \(count) bytes, more than \(limits.text)"))
        }
        return try source.bytes(Int(count))
    }

    func plainText(_ line: [UInt8]) -> String {
        unicode(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    private func unicode(_ bytes: [UInt8]) -> String {
        // A lone surrogate, which Python lets pass, becomes a replacement sign.
        String(decoding: bytes, as: UTF8.self)
    }

    /// Text of protocol 0: Latin-1 with escapes.
    private func unescaped(_ bytes: [UInt8], unicode: Bool) throws(CheckpointFault) -> String {
        var result = String.UnicodeScalarView()
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let kind = rest.first else {
                result.append(Unicode.Scalar(byte))
                continue
            }
            let digits = Self.escapes[kind] ?? 0
            if digits > 0, unicode == (digits > 2) {
                let code = String(decoding: rest.dropFirst().prefix(digits), as: UTF8.self)
                guard code.utf8.count == digits, let value = UInt32(code, radix: 16) else {
                    throw .malformed("an escape in a text")
                }
                result.append(Unicode.Scalar(value) ?? "\u{FFFD}")
                rest = rest.dropFirst(1 + digits)
            } else if !unicode {
                result.append(Self.controls[kind] ?? Unicode.Scalar(kind))
                rest = rest.dropFirst()
            } else {
                result.append("\\")
            }
        }
        return String(result)
    }

    /// Digits behind the letter of an escape.
    private static let escapes: [UInt8: Int] = [
        UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8,
    ]

    private static let controls: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "n"): "\n", UInt8(ascii: "t"): "\t", UInt8(ascii: "r"): "\r",
    ]
}
