/// The rows of comma-separated values after RFC 4180: fields may be quoted, quoted fields may hold commas, line ends and
/// doubled quotes.
///
/// Values separated by tabs are read in the same way, but a quote that does not begin a field is a quote: most programs
/// that write such files do not quote at all.
package struct CSVRows {
    package struct Row {
        /// Line on which the row begins, from 1.
        package var line: Int
        /// The bytes of each field, without its quotes.
        package var fields: [ArraySlice<UInt8>]
    }

    /// Most fields of a row: a slice costs more memory than the comma behind it.
    package static let maximumFields = 1_000

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var line = 1

    private let separator: UInt8

    private static let quote = UInt8(ascii: "\"")
    package static let comma = UInt8(ascii: ",")
    package static let tab = UInt8(ascii: "\t")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    package init(_ bytes: ArraySlice<UInt8>, separator: UInt8 = Self.comma) {
        self.separator = separator
        // Blank lines at the end of the file are no rows; a last line of spaces between commas is one.
        let end =
            bytes.lastIndex { $0 == separator || !FileLines.isSpace($0) }.map { $0 + 1 } ?? bytes.startIndex
        self.bytes = bytes[..<end]
        position = bytes.startIndex
    }

    /// The next row, or nil at the end of the file.
    package mutating func next() throws(InputError) -> Row? {
        guard position < bytes.endIndex else { return nil }
        let start = line
        var fields: [ArraySlice<UInt8>] = []
        while true {
            guard fields.count < Self.maximumFields else {
                throw InputError(
                    line: start, message: "the row has more than \(Self.maximumFields) fields; is it a CSV file?")
            }
            fields.append(try field(rowStart: start))
            guard position < bytes.endIndex else { break }
            let end = bytes[position]
            position += 1
            if end == separator {
                // A comma as the very last byte has an empty field behind it.
                guard position == bytes.endIndex else { continue }
                fields.append(bytes[position..<position])
            }
            if end == Self.newline { line += 1 }
            break
        }
        return Row(line: start, fields: fields)
    }

    /// One field; afterwards the position is at a comma, at a line feed, or at the end.
    private mutating func field(rowStart: Int) throws(InputError) -> ArraySlice<UInt8> {
        if position < bytes.endIndex, bytes[position] == Self.quote { return try quotedField() }
        let start = position
        while position < bytes.endIndex, bytes[position] != separator, bytes[position] != Self.newline {
            guard bytes[position] != Self.quote || separator == Self.tab else {
                throw InputError(
                    line: line,
                    message:
                        "a quote stands inside a field; put the whole field into quotes and double the quotes in it")
            }
            position += 1
        }
        let field = bytes[start..<position]
        return field.last == Self.carriageReturn && atLineEnd ? field.dropLast() : field
    }

    private mutating func quotedField() throws(InputError) -> ArraySlice<UInt8> {
        let opening = line
        position += 1
        var start = position
        // Most quoted fields hold no doubled quote and need no copy.
        var copied: [UInt8] = []
        while position < bytes.endIndex {
            let byte = bytes[position]
            if byte == Self.newline { line += 1 }
            position += 1
            guard byte == Self.quote else { continue }
            guard position < bytes.endIndex, bytes[position] == Self.quote else {
                let last = bytes[start..<(position - 1)]
                try endQuotedField()
                return copied.isEmpty ? last : (copied + last)[...]
            }
            copied += bytes[start..<position]
            position += 1
            start = position
        }
        throw InputError(line: opening, message: "a quoted field has no closing quote")
    }

    /// Nothing but a separator may follow a closing quote.
    private mutating func endQuotedField() throws(InputError) {
        if position < bytes.endIndex, bytes[position] == Self.carriageReturn { position += 1 }
        guard position == bytes.endIndex || bytes[position] == separator || bytes[position] == Self.newline else {
            throw InputError(
                line: line, message: "text follows a closing quote; double the quotes inside a quoted field")
        }
    }

    private var atLineEnd: Bool {
        position == bytes.endIndex || bytes[position] == Self.newline
    }
}
