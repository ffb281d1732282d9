/// Writes rows of a `COPY … FROM STDIN` in text format.
///
/// Fields are appended to a byte buffer that goes to the server each time it has grown to a mebibyte; nothing is
/// built as a String. Text is escaped here; what `raw` appends is not.
public struct PostgresCopyWriter: ~Copyable {
    private let session: Session
    private var buffer: [UInt8] = []
    private var isWithinRow = false

    /// Bytes that gather before they go to the server.
    static let flushThreshold = 1 << 20

    init(session: Session) {
        self.session = session
        buffer.reserveCapacity(Self.flushThreshold + (64 << 10))
    }

    /// Appends an integer field.
    public mutating func field(_ value: some FixedWidthInteger) {
        separate()
        buffer.appendDecimal(value)
    }

    /// Appends a text field.
    public mutating func field(_ text: String) {
        separate()
        var text = text
        text.withUTF8 { utf8 in unsafe buffer.appendEscaped(utf8.span) }
    }

    /// Appends a text field from UTF-8 bytes; the server rejects NUL and malformed UTF-8.
    public mutating func field(utf8: Span<UInt8>) {
        separate()
        buffer.appendEscaped(utf8)
    }

    /// Appends a text field from UTF-8 bytes; the server rejects NUL and malformed UTF-8.
    public mutating func field(utf8: [UInt8]) {
        field(utf8: utf8.span)
    }

    /// Appends a `bytea` field.
    public mutating func field(bytea: [UInt8]) {
        separate()
        buffer.append(contentsOf: [0x5C, 0x5C, 0x78])  // \\x: the backslash is escaped as in any field
        for byte in bytea {
            buffer.append(hexDigit(byte >> 4))
            buffer.append(hexDigit(byte & 15))
        }
    }

    /// Appends a `boolean` field.
    public mutating func field(_ value: Bool) {
        separate()
        buffer.append(value ? 0x74 : 0x66)
    }

    /// Appends a `double precision` field.
    public mutating func field(_ value: Double) {
        separate()
        buffer.append(contentsOf: String(value).utf8)
    }

    /// Appends NULL.
    public mutating func null() {
        separate()
        buffer.append(0x5C)
        buffer.append(0x4E)
    }

    /// Ends the row.
    /// - Throws: `PostgresError` if the buffer was due and the connection is lost.
    public mutating func endRow() throws(PostgresError) {
        buffer.append(0x0A)
        isWithinRow = false
        if buffer.count >= Self.flushThreshold { try flush() }
    }

    /// Appends bytes that are in COPY's format already, whole rows with their newlines.
    /// - Throws: `PostgresError` if the buffer was due and the connection is lost.
    public mutating func raw(_ rows: [UInt8]) throws(PostgresError) {
        buffer.append(contentsOf: rows)
        if buffer.count >= Self.flushThreshold { try flush() }
    }

    mutating func flush() throws(PostgresError) {
        guard !buffer.isEmpty else { return }
        try session.put(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    private mutating func separate() {
        if isWithinRow { buffer.append(0x09) }
        isWithinRow = true
    }

    private func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }
}

extension [UInt8] {
    mutating func appendDecimal(_ value: some FixedWidthInteger) {
        if value < 0 { append(0x2D) }
        var rest = UInt64(value.magnitude)
        let start = count
        repeat {
            append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }

    /// Appends text with backslash, tab, newline and carriage return escaped: the bytes that mean something in COPY's
    /// text format.
    mutating func appendEscaped(_ text: borrowing Span<UInt8>) {
        unsafe text.withUnsafeBufferPointer { bytes in
            var clean = 0
            for index in 0..<bytes.count {
                guard let escape = unsafe Self.escape(bytes[index]) else { continue }
                unsafe append(contentsOf: UnsafeBufferPointer(rebasing: bytes[clean..<index]))
                append(0x5C)
                append(escape)
                clean = index + 1
            }
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: bytes[clean...]))
        }
    }

    @inline(__always)
    private static func escape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x5C: 0x5C
        case 0x0A: 0x6E
        case 0x09: 0x74
        case 0x0D: 0x72
        default: nil
        }
    }
}
