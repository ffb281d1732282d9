/// Parameters of one statement, encoded end to end in one buffer as libpq takes them.
struct ParameterBlock {
    private(set) var types: [UInt32] = []
    private var bytes: [UInt8] = []
    /// Offset of each value in `bytes`; -1 for NULL.
    private var offsets: [Int] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    var count: Int { offsets.count }

    /// The protocol counts parameters in 16 bits.
    static let limit = 65_535

    init(_ values: [PostgresValue]) throws(PostgresError) {
        guard values.count <= Self.limit else {
            throw PostgresError(.misuse, "\(values.count) parameters; a statement takes at most \(Self.limit)")
        }
        types.reserveCapacity(values.count)
        offsets.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        formats.reserveCapacity(values.count)
        for value in values { try append(value) }
        // A buffer without a byte has no address, and a null pointer would make NULL of an empty bytea.
        if bytes.isEmpty { bytes.append(0) }
    }

    /// Lends the arrays that `PQexecPrepared` and `PQsendQueryPrepared` want; the pointers end with the call.
    func withPointers<Result>(
        _ body: (
            _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<CInt>?,
            _ formats: UnsafePointer<CInt>?
        ) -> Result
    ) -> Result {
        guard count > 0 else { return body(nil, nil, nil) }
        return unsafe bytes.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = unsafe offsets.map { $0 < 0 ? nil : unsafe base?.advanced(by: $0) }
            return unsafe values.withUnsafeBufferPointer { values in
                unsafe lengths.withUnsafeBufferPointer { lengths in
                    unsafe formats.withUnsafeBufferPointer { formats in
                        unsafe body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }
}

extension ParameterBlock {
    private mutating func append(_ value: PostgresValue) throws(PostgresError) {
        switch value {
        case .null:
            types.append(0)
            offsets.append(-1)
            lengths.append(0)
            formats.append(1)
        case .bool(let value): binary(PostgresType.bool) { $0.append(value ? 1 : 0) }
        case .int2(let value): binary(PostgresType.int2) { $0.appendBigEndian(value) }
        case .int4(let value): binary(PostgresType.int4) { $0.appendBigEndian(value) }
        case .int8(let value): binary(PostgresType.int8) { $0.appendBigEndian(value) }
        case .double(let value): binary(PostgresType.float8) { $0.appendBigEndian(value.bitPattern) }
        case .text(let value): try text(value.utf8)
        case .utf8(let value): try text(value)
        case .bytea(let value): binary(PostgresType.bytea) { $0.append(contentsOf: value) }
        case .timestamp(let value):
            binary(PostgresType.timestamptz) {
                $0.appendBigEndian(value.unixMicroseconds &- PostgresTimestamp.epochOffset)
            }
        default: array(value)
        }
    }

    private mutating func array(_ value: PostgresValue) {
        switch value {
        case .int2Array(let values):
            array(PostgresType.int2Array, of: PostgresType.int2, values) { $0.appendBigEndian($1) }
        case .int4Array(let values):
            array(PostgresType.int4Array, of: PostgresType.int4, values) { $0.appendBigEndian($1) }
        case .int8Array(let values):
            array(PostgresType.int8Array, of: PostgresType.int8, values) { $0.appendBigEndian($1) }
        case .doubleArray(let values):
            array(PostgresType.float8Array, of: PostgresType.float8, values) { $0.appendBigEndian($1.bitPattern) }
        case .boolArray(let values):
            array(PostgresType.boolArray, of: PostgresType.bool, values) { $0.append($1 ? 1 : 0) }
        case .textArray(let values):
            array(PostgresType.textArray, of: PostgresType.text, values) { $0.append(contentsOf: $1.utf8) }
        case .utf8Array(let values):
            array(PostgresType.textArray, of: PostgresType.text, values) { $0.append(contentsOf: $1) }
        case .byteaArray(let values):
            array(PostgresType.byteaArray, of: PostgresType.bytea, values) { $0.append(contentsOf: $1) }
        case .nullableInt8Array(let values):
            array(PostgresType.int8Array, of: PostgresType.int8, values) { $0.appendBigEndian($1) }
        case .nullableTextArray(let values):
            array(PostgresType.textArray, of: PostgresType.text, values) { $0.append(contentsOf: $1.utf8) }
        case .nullableByteaArray(let values):
            array(PostgresType.byteaArray, of: PostgresType.bytea, values) { $0.append(contentsOf: $1) }
        case .null, .bool, .int2, .int4, .int8, .double, .text, .utf8, .bytea, .timestamp:
            preconditionFailure("scalars are encoded in append(_:)")
        }
    }

    private mutating func binary(_ type: UInt32, _ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        write(&bytes)
        types.append(type)
        offsets.append(start)
        lengths.append(CInt(bytes.count - start))
        formats.append(1)
    }

    /// Text goes as a C string of unstated type, so a NUL would silently end it.
    private mutating func text(_ utf8: some Collection<UInt8>) throws(PostgresError) {
        let start = bytes.count
        bytes.append(contentsOf: utf8)
        guard !bytes[start...].contains(0) else {
            throw PostgresError(
                .misuse, "parameter $\(count + 1) is text with a NUL byte, which PostgreSQL cannot hold")
        }
        types.append(0)
        offsets.append(start)
        lengths.append(CInt(bytes.count - start))
        formats.append(0)
        bytes.append(0)
    }

    private mutating func array<Element>(
        _ type: UInt32, of elementType: UInt32, _ values: [Element], _ write: (inout [UInt8], Element) -> Void
    ) {
        array(type, of: elementType, count: values.count, hasNull: false) { bytes in
            for value in values { bytes.appendElement(value, write) }
        }
    }

    private mutating func array<Element>(
        _ type: UInt32, of elementType: UInt32, _ values: [Element?], _ write: (inout [UInt8], Element) -> Void
    ) {
        array(type, of: elementType, count: values.count, hasNull: values.contains { $0 == nil }) { bytes in
            for value in values {
                if let value { bytes.appendElement(value, write) } else { bytes.appendBigEndian(Int32(-1)) }
            }
        }
    }

    /// One dimension with lower bound 1; an empty array has no dimension at all.
    private mutating func array(
        _ type: UInt32, of elementType: UInt32, count: Int, hasNull: Bool, _ write: (inout [UInt8]) -> Void
    ) {
        binary(type) { bytes in
            bytes.appendBigEndian(Int32(count == 0 ? 0 : 1))
            bytes.appendBigEndian(Int32(hasNull ? 1 : 0))
            bytes.appendBigEndian(elementType)
            guard count > 0 else { return }
            bytes.appendBigEndian(Int32(count))
            bytes.appendBigEndian(Int32(1))
            write(&bytes)
        }
    }
}

extension [UInt8] {
    mutating func appendBigEndian<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) {
        // Safe: the bytes of an integer, for the time of the copy.
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { bytes in unsafe append(contentsOf: bytes) }
    }

    /// An array element: its length in four bytes, then its bytes.
    fileprivate mutating func appendElement<Value>(_ value: Value, _ write: (inout [UInt8], Value) -> Void) {
        let start = count
        appendBigEndian(Int32(0))
        write(&self, value)
        let length = UInt32(count - start - 4)
        for index in 0..<4 { self[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
    }
}
