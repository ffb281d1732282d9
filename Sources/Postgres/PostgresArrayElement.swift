/// A type whose arrays can be read from a column.
public protocol PostgresArrayElement {
    /// Reads the whole array; the cell is not NULL.
    static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads one-dimensional arrays without NULL elements; `[UInt8]` reads bytea, or the UTF-8 of textual types.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> [Element] {
        guard !cell.isNull else { throw cell.mismatch("an array") }
        return try Element.decodeArray(cell)
    }
}

extension UInt8: PostgresArrayElement {
    /// Reads bytea, or the UTF-8 of textual types.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        guard cell.type == PostgresType.bytea || PostgresType.isTextual(cell.type) else { throw cell.mismatch("bytes") }
        return cell.withText { $0.array() }
    }
}

extension Int64: PostgresArrayElement {
    /// Reads `bigint[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Int64] {
        try cell.elements(of: PostgresType.int8Array, "a bigint[] without NULL") { $0.bigEndian(at: 0, as: Int64.self) }
    }
}

extension Int32: PostgresArrayElement {
    /// Reads `integer[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Int32] {
        try cell.elements(of: PostgresType.int4Array, "an integer[] without NULL") {
            $0.bigEndian(at: 0, as: Int32.self)
        }
    }
}

extension Int16: PostgresArrayElement {
    /// Reads `smallint[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Int16] {
        try cell.elements(of: PostgresType.int2Array, "a smallint[] without NULL") {
            $0.bigEndian(at: 0, as: Int16.self)
        }
    }
}

extension Double: PostgresArrayElement {
    /// Reads `double precision[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Double] {
        try cell.elements(of: PostgresType.float8Array, "a double precision[] without NULL") {
            Double(bitPattern: $0.bigEndian(at: 0, as: UInt64.self))
        }
    }
}

extension Bool: PostgresArrayElement {
    /// Reads `boolean[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Bool] {
        try cell.elements(of: PostgresType.boolArray, "a boolean[] without NULL") { $0[0] != 0 }
    }
}

extension String: PostgresArrayElement {
    /// Reads `text[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [String] {
        try cell.elements(of: PostgresType.textArray, "a text[] without NULL") { $0.string() }
    }
}

extension [UInt8]: PostgresArrayElement {
    /// Reads `bytea[]`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [[UInt8]] {
        try cell.elements(of: PostgresType.byteaArray, "a bytea[] without NULL") { $0.array() }
    }
}

extension PostgresCell {
    /// Reads the binary form of an array.
    ///
    /// Dimensions, NULL flag, element type, (length, lower bound) for each dimension, then each element behind its
    /// length. PostgreSQL itself made it, so only its shape is checked here.
    fileprivate func elements<Element>(
        of type: UInt32, _ wanted: String, _ decode: (Span<UInt8>) -> Element
    ) throws(PostgresError) -> [Element] {
        guard self.type == type else { throw mismatch(wanted) }
        let elements: [Element]? = withBytes { bytes in
            let dimensions = bytes.bigEndian(at: 0, as: Int32.self)
            guard dimensions > 0 else { return [] }
            guard dimensions == 1, bytes.bigEndian(at: 4, as: Int32.self) == 0 else { return nil }
            let count = Int(bytes.bigEndian(at: 12, as: Int32.self))
            var elements: [Element] = []
            elements.reserveCapacity(count)
            var offset = 20
            for _ in 0..<count {
                let length = Int(bytes.bigEndian(at: offset, as: Int32.self))
                elements.append(decode(bytes.extracting(offset + 4..<offset + 4 + length)))
                offset += 4 + length
            }
            return elements
        }
        guard let elements else { throw mismatch(wanted) }
        return elements
    }

    /// Lends the text without jsonb's version byte.
    func withText<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        withBytes { body(type == PostgresType.jsonb ? $0.extracting(1...) : $0) }
    }
}

extension Span<UInt8> {
    /// An integer in network byte order; traps beyond the end.
    func bigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Integer.Type) -> Integer {
        // Safe: the load checks its bounds, and any bit pattern is an integer.
        unsafe Integer(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    func string() -> String {
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    func array() -> [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}
