/// A type that a column can be read as.
public protocol PostgresDecodable {
    /// Reads a cell.
    /// - Throws: `PostgresError` with reason `decoding`; `PostgresCell.mismatch(_:)` makes a good one.
    static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// NULL becomes nil.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Wrapped? {
        cell.isNull ? nil : try Wrapped.decode(cell)
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Reads `smallint`, `integer`, `bigint` and `oid`; fails if the value does not fit.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
        let wide: Int64?
        switch cell.isNull ? 0 : cell.type {
        case PostgresType.int8: wide = cell.withBytes { Int64($0.bigEndian(at: 0, as: Int64.self)) }
        case PostgresType.int4: wide = cell.withBytes { Int64($0.bigEndian(at: 0, as: Int32.self)) }
        case PostgresType.int2: wide = cell.withBytes { Int64($0.bigEndian(at: 0, as: Int16.self)) }
        case PostgresType.oid: wide = cell.withBytes { Int64($0.bigEndian(at: 0, as: UInt32.self)) }
        default: wide = nil
        }
        guard let wide, let value = Self(exactly: wide) else { throw cell.mismatch("an integer of type \(Self.self)") }
        return value
    }
}

extension Int: PostgresDecodable {}
extension Int64: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int16: PostgresDecodable {}

extension Bool: PostgresDecodable {
    /// Reads `boolean`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Bool {
        guard !cell.isNull, cell.type == PostgresType.bool else { throw cell.mismatch("a boolean") }
        return cell.withBytes { $0[0] != 0 }
    }
}

extension Double: PostgresDecodable {
    /// Reads `double precision` and `real`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Double {
        switch cell.isNull ? 0 : cell.type {
        case PostgresType.float8:
            cell.withBytes { Double(bitPattern: $0.bigEndian(at: 0, as: UInt64.self)) }
        case PostgresType.float4:
            cell.withBytes { Double(Float(bitPattern: $0.bigEndian(at: 0, as: UInt32.self))) }
        default: throw cell.mismatch("a floating-point number")
        }
    }
}

extension String: PostgresDecodable {
    /// Reads textual types, json and jsonb.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> String {
        guard !cell.isNull, PostgresType.isTextual(cell.type) else { throw cell.mismatch("text") }
        return cell.withText { $0.string() }
    }
}

extension PostgresTimestamp: PostgresDecodable {
    /// Reads `timestamptz`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> PostgresTimestamp {
        guard !cell.isNull, cell.type == PostgresType.timestamptz else { throw cell.mismatch("a timestamptz") }
        return PostgresTimestamp(
            unixMicroseconds: cell.withBytes { $0.bigEndian(at: 0, as: Int64.self) } &+ epochOffset)
    }
}
