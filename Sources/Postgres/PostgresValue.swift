/// A parameter of a statement (`$1`, `$2`, …).
///
/// Numbers, bytes and arrays travel in PostgreSQL's binary format under their own type; text travels untyped, so that
/// the server gives it the type of the place it stands in (`text`, `jsonb`, an enum, a date, …).
public enum PostgresValue: Sendable, Equatable {
    /// SQL NULL.
    case null
    /// `boolean`.
    case bool(Bool)
    /// `smallint`.
    case int2(Int16)
    /// `integer`.
    case int4(Int32)
    /// `bigint`.
    case int8(Int64)
    /// `double precision`.
    case double(Double)
    /// Text of whatever type the statement expects there; must hold no NUL.
    case text(String)
    /// Like `text`, from UTF-8 bytes that need no String.
    case utf8([UInt8])
    /// `bytea`.
    case bytea([UInt8])
    /// `timestamptz`.
    case timestamp(PostgresTimestamp)
    /// `smallint[]`.
    case int2Array([Int16])
    /// `integer[]`.
    case int4Array([Int32])
    /// `bigint[]`.
    case int8Array([Int64])
    /// `double precision[]`.
    case doubleArray([Double])
    /// `boolean[]`.
    case boolArray([Bool])
    /// `text[]`.
    case textArray([String])
    /// `text[]` from UTF-8 bytes.
    case utf8Array([[UInt8]])
    /// `bytea[]`.
    case byteaArray([[UInt8]])
    /// `bigint[]` with NULL elements.
    case nullableInt8Array([Int64?])
    /// `text[]` with NULL elements.
    case nullableTextArray([String?])
    /// `bytea[]` with NULL elements.
    case nullableByteaArray([[UInt8]?])

    /// The value, or NULL where there is none.
    public static func optional<Value>(
        _ value: Value?, _ make: (Value) -> PostgresValue
    ) -> PostgresValue {
        value.map(make) ?? .null
    }
}

extension PostgresValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    /// `bigint`.
    public init(integerLiteral value: Int64) { self = .int8(value) }
    /// Text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// `boolean`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// NULL.
    public init(nilLiteral: ()) { self = .null }
}

/// A statement with its parameters, as a pipeline takes it.
public struct PostgresStatement: Sendable, Equatable {
    /// SQL text with `$1`, `$2`, … for the parameters; the key of the prepared-statement cache.
    public var sql: String
    /// The parameters in order.
    public var parameters: [PostgresValue]

    /// Pairs SQL text with its parameters.
    public init(_ sql: String, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}

/// A moment in whole microseconds, as `timestamptz` keeps it.
public struct PostgresTimestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01 00:00 UTC.
    public var unixMicroseconds: Int64

    /// Makes the moment that lies so many microseconds after 1970-01-01 00:00 UTC.
    public init(unixMicroseconds: Int64) {
        self.unixMicroseconds = unixMicroseconds
    }

    /// Earlier is less.
    public static func < (left: Self, right: Self) -> Bool { left.unixMicroseconds < right.unixMicroseconds }

    /// PostgreSQL counts from 2000-01-01 00:00 UTC: 10,957 days after the Unix epoch.
    static let epochOffset: Int64 = 10_957 * 86_400 * 1_000_000
}
