/// The lines of a file as bytes, without their ends (LF or CR LF), and without blank lines at the end of the file.
package struct FileLines: Sequence {
    package struct Line {
        /// From 1.
        package var number: Int
        /// Without the end of the line.
        package var bytes: ArraySlice<UInt8>
    }

    private let bytes: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) {
        let end = bytes.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? bytes.startIndex
        // White space before the file's last newlines belongs to the last line.
        let rest = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        self.bytes = end == bytes.startIndex ? bytes[..<bytes.startIndex] : bytes[..<rest]
    }

    package func makeIterator() -> Iterator {
        Iterator(rest: bytes, number: 0)
    }

    package struct Iterator: IteratorProtocol {
        private(set) var rest: ArraySlice<UInt8>
        private(set) var number: Int
        private var isAtEnd = false

        init(rest: ArraySlice<UInt8>, number: Int) {
            self.rest = rest
            self.number = number
            isAtEnd = rest.isEmpty
        }

        package mutating func next() -> Line? {
            guard !isAtEnd else { return nil }
            number += 1
            var line = rest
            if let newline = rest.firstIndex(of: UInt8(ascii: "\n")) {
                line = rest[..<newline]
                rest = rest[(newline + 1)...]
            } else {
                isAtEnd = true
            }
            if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
            return Line(number: number, bytes: line)
        }
    }

    package static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
