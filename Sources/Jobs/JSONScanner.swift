/// Reads one JSON object, strictly: no repeated key, nothing behind it, nothing nested but where the caller reads it so.
///
/// It knows nothing of fields; the caller asks for one key after the other and reads the value as the type it expects.
/// Its errors say what is wrong in words for the author of the text.
struct JSONScanner {
    /// What kind of mistake the text has.
    struct Failure: Error, Equatable {
        enum Kind {
            case malformed, invalidUTF8, nul, wrongType, outOfRange
        }
        var kind: Kind
        var message: String
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var isFirst = true

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    // MARK: Structure

    /// Reads the brace that opens the object.
    mutating func openObject() throws(Failure) {
        skipSpace()
        guard peek != 0xEF else { throw malformed("the line starts with a byte order mark; save the file without it") }
        guard !bytes[position...].starts(with: [0x1F, 0x8B]) else {
            throw malformed("the line starts like a gzip file; unpack it first")
        }
        guard peek == UInt8(ascii: "{") else {
            throw malformed("expected a JSON object such as {\"caption\": \"…\"}, found \(found)")
        }
        position += 1
    }

    /// The next key with its colon, or `nil` behind the closing brace and the end of the text.
    mutating func nextKey() throws(Failure) -> String? {
        skipSpace()
        if peek == UInt8(ascii: "}") {
            position += 1
            skipSpace()
            guard position == bytes.endIndex else {
                throw malformed("expected nothing behind the object, found \(found)")
            }
            return nil
        }
        return try key()
    }

    /// A key with its colon, and the comma before it where it is not the first of its object.
    private mutating func key() throws(Failure) -> String {
        if !isFirst {
            guard peek == UInt8(ascii: ",") else { throw malformed("expected , or } but found \(found)") }
            position += 1
            skipSpace()
        }
        isFirst = false
        guard peek == UInt8(ascii: "\"") else { throw malformed("expected a field name in quotes, found \(found)") }
        let key = try readString()
        skipSpace()
        guard peek == UInt8(ascii: ":") else { throw malformed("expected : behind a field name, found \(found)") }
        position += 1
        skipSpace()
        return key
    }

    // MARK: Values

    /// An object in the place of a value; `read` takes the value of each key, none of which is there twice.
    mutating func object(_ read: (String, inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        guard peek == UInt8(ascii: "{") else { throw try wrongType("an object") }
        position += 1
        isFirst = true
        defer { isFirst = false }
        var seen: Set<String> = []
        while true {
            skipSpace()
            if peek == UInt8(ascii: "}") {
                position += 1
                return
            }
            let key = try key()
            guard seen.insert(key).inserted else {
                throw malformed("the key “\(ItemError.readable(key))” is there twice")
            }
            try read(key, &self)
        }
    }

    /// A list of at most `limit` values; `read` takes each of them.
    mutating func list(limit: Int, _ read: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        guard peek == UInt8(ascii: "[") else { throw try wrongType("a list") }
        position += 1
        skipSpace()
        if peek == UInt8(ascii: "]") {
            position += 1
            return
        }
        for count in 1... {
            guard count <= limit else {
                throw Failure(kind: .outOfRange, message: "must be a list of at most \(limit) values")
            }
            skipSpace()
            try read(&self)
            skipSpace()
            if peek == UInt8(ascii: "]") {
                position += 1
                return
            }
            guard peek == UInt8(ascii: ",") else { throw malformed("expected , or ] but found \(found)") }
            position += 1
        }
    }

    /// `true` or `false`.
    mutating func boolean() throws(Failure) -> Bool {
        for (word, value) in [("true", true), ("false", false)] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw try wrongType("true or false")
    }

    /// A string.
    mutating func string() throws(Failure) -> String {
        guard peek == UInt8(ascii: "\"") else { throw try wrongType("a string") }
        return try readString()
    }

    /// A whole number in `range`.
    mutating func integer(in range: ClosedRange<Int64>) throws(Failure) -> Int64 {
        let token = try numberToken(Self.wholeNumber(range))
        guard token.allSatisfy({ $0 == UInt8(ascii: "-") || Self.isDigit($0) }) else {
            throw Failure(kind: .wrongType, message: "must be \(Self.wholeNumber(range))")
        }
        guard let value = Int64(String(decoding: token, as: UTF8.self)), range.contains(value) else {
            throw Failure(kind: .outOfRange, message: "must be \(Self.wholeNumber(range))")
        }
        return value
    }

    private static func wholeNumber(_ range: ClosedRange<Int64>) -> String {
        "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    /// A number in `range`.
    mutating func double(in range: ClosedRange<Double>) throws(Failure) -> Double {
        let token = try numberToken(Self.number(range))
        guard let value = Double(String(decoding: token, as: UTF8.self)), range.contains(value) else {
            throw Failure(kind: .outOfRange, message: "must be \(Self.number(range))")
        }
        return value
    }

    private static func number(_ range: ClosedRange<Double>) -> String {
        "a number from \(range.lowerBound) to \(range.upperBound)"
    }

    // MARK: Numbers

    /// The bytes of a number, after the grammar of JSON.
    /// - Parameter expected: What was expected, in words, which only a mistake calls for.
    private mutating func numberToken(_ expected: @autoclosure () -> String) throws(Failure) -> ArraySlice<UInt8> {
        guard let first = peek, first == UInt8(ascii: "-") || Self.isDigit(first) else {
            throw try wrongType(expected())
        }
        let start = position
        if first == UInt8(ascii: "-") { position += 1 }
        let whole = try digits()
        guard whole.count == 1 || whole.first != UInt8(ascii: "0") else {
            throw malformed("a number must not start with 0")
        }
        if peek == UInt8(ascii: ".") {
            position += 1
            _ = try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            _ = try digits()
        }
        return bytes[start..<position]
    }

    private mutating func digits() throws(Failure) -> ArraySlice<UInt8> {
        let start = position
        while let byte = peek, Self.isDigit(byte) { position += 1 }
        guard position > start else { throw malformed("expected a digit, found \(found)") }
        return bytes[start..<position]
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    // MARK: Strings

    /// Reads a string whose opening quote is next.
    private mutating func readString() throws(Failure) -> String {
        position += 1
        let start = position
        while position < bytes.endIndex {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                defer { position += 1 }
                return try text(bytes[start..<position])
            }
            if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start) }
            try refuseControl(byte)
            position += 1
        }
        throw malformed("a string has no closing quote")
    }

    /// Goes on where the fast path met a backslash.
    private mutating func readEscapedString(from start: Int) throws(Failure) -> String {
        var buffer = Array(bytes[start..<position])
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(buffer[...])
            case UInt8(ascii: "\\"): try appendEscape(to: &buffer)
            default:
                try refuseControl(byte)
                buffer.append(byte)
            }
        }
        throw malformed("a string has no closing quote")
    }

    private mutating func appendEscape(to buffer: inout [UInt8]) throws(Failure) {
        guard let byte = peek else { throw malformed("a string has no closing quote") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "u"): buffer.append(contentsOf: String(try unicodeEscape()).utf8)
        default: throw malformed("a string has a backslash that escapes nothing; write \\\\ for a backslash")
        }
    }

    /// The character of `\uXXXX`, or of two of them that make a surrogate pair.
    private mutating func unicodeEscape() throws(Failure) -> Unicode.Scalar {
        let first = try hexadecimalUnit()
        guard first != 0 else { throw Failure(kind: .nul, message: "contains a NUL character; remove it") }
        if let scalar = Unicode.Scalar(UInt32(first)) { return scalar }
        let lone = Failure(
            kind: .invalidUTF8, message: "has half of a surrogate pair (\\u escape); write the character")
        guard UTF16.isLeadSurrogate(first), peek == UInt8(ascii: "\\") else { throw lone }
        position += 1
        guard peek == UInt8(ascii: "u") else { throw lone }
        position += 1
        let second = try hexadecimalUnit()
        guard UTF16.isTrailSurrogate(second) else { throw lone }
        let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        guard let scalar = Unicode.Scalar(value) else { throw lone }
        return scalar
    }

    private mutating func hexadecimalUnit() throws(Failure) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw malformed("\\u must be followed by four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    private func refuseControl(_ byte: UInt8) throws(Failure) {
        guard byte < 0x20 else { return }
        guard byte != 0 else { throw Failure(kind: .nul, message: "contains a NUL byte; remove it") }
        throw malformed("a string has a raw control character; write it as an escape such as \\n or \\t")
    }

    private func text(_ utf8: ArraySlice<UInt8>) throws(Failure) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else {
            throw Failure(kind: .invalidUTF8, message: "is not valid UTF-8; save the file as UTF-8")
        }
        return text
    }

    // MARK: Helpers

    private var peek: UInt8? {
        position < bytes.endIndex ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private func malformed(_ message: String) -> Failure {
        Failure(kind: .malformed, message: message)
    }

    /// What stands where a value of another type was expected; malformed text stays malformed.
    private func wrongType(_ expected: String) throws(Failure) -> Failure {
        guard let byte = peek, "\"{[-0123456789tfn".utf8.contains(byte) else {
            throw malformed("expected a value, found \(found)")
        }
        return Failure(kind: .wrongType, message: "must be \(expected)")
    }

    /// The next byte, for people.
    private var found: String {
        guard let byte = peek else { return "the end of the line" }
        return switch byte {
        case 0x21...0x7E: "\(Unicode.Scalar(byte))"
        default: "byte 0x\(String(byte, radix: 16))"
        }
    }
}
