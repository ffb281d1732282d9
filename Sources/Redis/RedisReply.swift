/// An answer of Redis.
public enum RedisReply: Sendable, Equatable {
    /// Nothing there: a missing key, an empty pop, a wait that timed out.
    case null
    /// An integer.
    case integer(Int64)
    /// Bytes of a bulk string.
    case bytes([UInt8])
    /// A short status such as `OK`.
    case status(String)
    /// Several answers.
    case array([RedisReply])
    /// An error; commands throw it, pipelines keep it in its place.
    case error(RedisError)
}

extension RedisReply {
    /// The reply itself unless it is an error, which is thrown.
    @discardableResult
    public func get() throws(RedisError) -> RedisReply {
        guard case .error(let error) = self else { return self }
        throw error
    }

    /// True for `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// An integer, also one that Redis wrote as text.
    /// - Throws: The error it holds, or `RedisError` with reason `unexpectedReply`.
    public func int64() throws(RedisError) -> Int64 {
        switch self {
        case .integer(let value): return value
        case .bytes(let bytes):
            guard let value = Self.integer(bytes) else { throw unexpected("an integer") }
            return value
        default: throw unexpected("an integer")
        }
    }

    /// Decimal digits as Redis writes them: an optional minus, no space, no plus; no String is made for them.
    private static func integer(_ bytes: [UInt8]) -> Int64? {
        let isNegative = bytes.first == 0x2D
        let digits = isNegative ? bytes.dropFirst() : bytes[...]
        guard (1...19).contains(digits.count) else { return nil }
        // Towards the negative, which reaches one further.
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (difference, underflows) = product.subtractingReportingOverflow(Int64(digit - 0x30))
            guard !overflows, !underflows else { return nil }
            value = difference
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The bytes of a bulk string or status.
    /// - Throws: The error it holds, or `RedisError` with reason `unexpectedReply`.
    public func bytes() throws(RedisError) -> [UInt8] {
        switch self {
        case .bytes(let bytes): return bytes
        case .status(let text): return Array(text.utf8)
        default: throw unexpected("a string")
        }
    }

    /// The text of a bulk string, status or integer.
    /// - Throws: The error it holds, or `RedisError` with reason `unexpectedReply`.
    public func string() throws(RedisError) -> String {
        switch self {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .status(let text): return text
        case .integer(let value): return String(value)
        default: throw unexpected("a string")
        }
    }

    /// Several answers.
    /// - Throws: The error it holds, or `RedisError` with reason `unexpectedReply`.
    public func array() throws(RedisError) -> [RedisReply] {
        guard case .array(let replies) = self else { throw unexpected("an array") }
        return replies
    }

    private func unexpected(_ wanted: String) -> RedisError {
        switch self {
        case .error(let error): error
        case .null: RedisError(.unexpectedReply, "Redis answered null where \(wanted) was expected")
        case .integer: RedisError(.unexpectedReply, "Redis answered an integer where \(wanted) was expected")
        case .bytes, .status: RedisError(.unexpectedReply, "Redis answered a string where \(wanted) was expected")
        case .array: RedisError(.unexpectedReply, "Redis answered an array where \(wanted) was expected")
        }
    }
}
