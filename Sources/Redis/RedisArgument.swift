/// One argument of a command; any bytes are allowed.
public enum RedisArgument: Sendable, Hashable {
    /// Bytes as they are.
    case bytes([UInt8])
    /// Text in UTF-8.
    case string(String)
    /// An integer in decimal digits.
    case int(Int64)
}

extension RedisArgument: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByStringInterpolation {
    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .int(value) }
}

extension [UInt8] {
    /// Appends a command in RESP: an array of bulk strings.
    mutating func appendCommand(_ arguments: [RedisArgument]) {
        appendHeader(0x2A, arguments.count)
        for argument in arguments { appendBulk(argument) }
    }

    /// Appends the call of a script by its digest, from the caller's own arrays: they may hold thousands of words.
    mutating func appendCall(_ script: RedisScript, _ keys: [RedisArgument], _ arguments: [RedisArgument]) {
        appendHeader(0x2A, 3 + keys.count + arguments.count)
        appendBulk("EVALSHA")
        appendBulk(.string(script.digest))
        appendBulk(.int(Int64(keys.count)))
        for key in keys { appendBulk(key) }
        for argument in arguments { appendBulk(argument) }
    }

    /// Appends the kind (`*` or `$`) and length of what follows.
    mutating func appendHeader(_ kind: UInt8, _ count: Int) {
        append(kind)
        appendDecimal(Int64(count))
        appendLineEnd()
    }

    mutating func appendBulk(_ argument: RedisArgument) {
        switch argument {
        case .bytes(let bytes):
            appendHeader(0x24, bytes.count)
            append(contentsOf: bytes)
        case .string(let text):
            appendHeader(0x24, text.utf8.count)
            append(contentsOf: text.utf8)
        case .int(let value):
            appendHeader(0x24, Self.decimalLength(value))
            appendDecimal(value)
        }
        appendLineEnd()
    }

    private mutating func appendLineEnd() {
        append(0x0D)
        append(0x0A)
    }

    private mutating func appendDecimal(_ value: Int64) {
        let length = Self.decimalLength(value)
        append(contentsOf: repeatElement(0x30, count: length))
        var rest = value.magnitude
        // From the last digit to the first; a single zero stands already.
        var place = count - 1
        while rest > 0 {
            self[place] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            place -= 1
        }
        if value < 0 { self[count - length] = 0x2D }
    }

    private static func decimalLength(_ value: Int64) -> Int {
        var length = value < 0 ? 2 : 1
        var rest = value.magnitude / 10
        while rest > 0 {
            length += 1
            rest /= 10
        }
        return length
    }
}
