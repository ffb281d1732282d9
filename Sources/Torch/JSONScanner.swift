/// Reads the little JSON that safetensors headers are made of: objects, strings and lists of natural numbers.
///
/// General parsers keep the last of two equal keys and read numbers as floating point; a table of offsets that comes
/// from outside must not be read so leniently. Nesting is fixed by the caller, so no input makes it recurse.
struct JSONScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an object and hands each key to `member`, which must read the value.
    mutating func object(
        _ member: (inout JSONScanner, String) throws(SafeTensorsFault) -> Void
    ) throws(SafeTensorsFault) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while take(",")
        try expect("}")
    }

    /// Reads a list of at most `limit` whole numbers from 0 up.
    mutating func naturals(limit: Int) throws(SafeTensorsFault) -> [Int] {
        var result: [Int] = []
        try expect("[")
        if take("]") { return result }
        repeat {
            guard result.count < limit else { throw fault("a list of more than \(limit) numbers") }
            result.append(try natural())
        } while take(",")
        try expect("]")
        return result
    }

    /// Reads a string.
    mutating func string() throws(SafeTensorsFault) -> String {
        try expect("\"")
        var text: [UInt8] = []
        while true {
            let byte = try next("a string")
            switch byte {
            case UInt8(ascii: "\""):
                guard let result = String(validating: text, as: UTF8.self) else { throw fault("invalid UTF-8") }
                return result
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape().utf8)
            case 0..<0x20: throw fault("a control character in a string")
            default: text.append(byte)
            }
        }
    }

    /// Makes sure that nothing but white space is left.
    mutating func end() throws(SafeTensorsFault) {
        skipSpace()
        guard position == bytes.count else { throw fault("text after the end") }
    }

    private mutating func natural() throws(SafeTensorsFault) -> Int {
        skipSpace()
        let start = position
        var value = 0
        while position < bytes.count, case let digit = bytes[position], (0x30...0x39).contains(digit) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(digit - 0x30))
            guard !overflow, !carry else { throw fault("a number out of range") }
            value = sum
            position += 1
        }
        let length = position - start
        guard length > 0, length == 1 || bytes[start] != 0x30 else { throw fault("not a whole number from 0 up") }
        return value
    }

    private mutating func escape() throws(SafeTensorsFault) -> String {
        switch try next("an escape") {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw fault("an unknown escape")
        }
    }

    /// Four hexadecimal digits, or two such escapes that make one character together.
    private mutating func unicodeEscape() throws(SafeTensorsFault) -> String {
        var units = [try hexadecimal()]
        if UTF16.isLeadSurrogate(units[0]) {
            guard try next("an escape") == UInt8(ascii: "\\"), try next("an escape") == UInt8(ascii: "u") else {
                throw fault("half a surrogate pair")
            }
            units.append(try hexadecimal())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw fault("half a surrogate pair") }
        return text
    }

    private mutating func hexadecimal() throws(SafeTensorsFault) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            let byte = try next("an escape")
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("a malformed escape")
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    private mutating func next(_ within: String) throws(SafeTensorsFault) -> UInt8 {
        guard position < bytes.count else { throw fault("the end within \(within)") }
        defer { position += 1 }
        return bytes[position]
    }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: wanted) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ wanted: Unicode.Scalar) throws(SafeTensorsFault) {
        guard take(wanted) else { throw fault("\(wanted) is missing") }
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
            position += 1
        }
    }

    private func fault(_ message: String) -> SafeTensorsFault {
        SafeTensorsFault(.malformedHeader("\(message), at byte \(position)"))
    }
}

/// `text` as a JSON string.
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{0}"..<" ":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
