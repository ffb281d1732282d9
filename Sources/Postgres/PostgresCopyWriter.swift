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
    public mutating func field(_ value: Int64) {
        separate()
        buffer.appendDecimal(value)
    }

    /// Appends an integer field.
    public mutating func field(_ value: Int) {
        field(Int64(value))
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
    mutating func appendDecimal(_ value: Int64) {
        if value < 0 { append(0x2D) }
        var rest = value.magnitude
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
            var index = 0
            while index < bytes.count {
                // Eight at a time where none of them means anything, as is usual.
                if index + 8 <= bytes.count, unsafe Self.isPlain(UnsafeRawBufferPointer(bytes), at: index) {
                    index += 8
                    continue
                }
                for end in index..<Swift.min(index + 8, bytes.count) {
                    guard let escape = unsafe Self.escape(bytes[end]) else { continue }
                    unsafe append(contentsOf: UnsafeBufferPointer(rebasing: bytes[clean..<end]))
                    append(0x5C)
                    append(escape)
                    clean = end + 1
                }
                index += 8
            }
            unsafe append(contentsOf: UnsafeBufferPointer(rebasing: bytes[clean...]))
        }
    }

    /// Whether eight bytes are free of control characters and backslashes.
    ///
    /// Subtracting 0x20 from each byte of a word sets the highest bit of those that were below 0x20, and 1 that of those
    /// that were 0, which backslashes are once their own bits are taken out; `& ~word` leaves those out that had the bit
    /// before. A borrow from the byte above can make that one look special which is not, never the other way round.
    @inline(__always)
    private static func isPlain(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let backslashes = word ^ (ones &* 0x5C)
        let special = ((word &- ones &* 0x20) & ~word) | ((backslashes &- ones) & ~backslashes)
        return special & (ones &* 0x80) == 0
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
