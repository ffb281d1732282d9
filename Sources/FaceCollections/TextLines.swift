/// The lines of a text file, and how many were read.
///
/// Works on bytes: files of hundreds of thousands of rows would take long as characters.
struct TextLines {
    private var rest: ArraySlice<UInt8>

    /// The number of the line that was read last, from 1.
    private(set) var number = 0

    init(_ bytes: [UInt8]) {
        // Some editors begin a file with the mark of its encoding.
        rest = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    }

    /// The next line without its end, or nil at the end of the file.
    mutating func next() -> ArraySlice<UInt8>? {
        guard !rest.isEmpty else { return nil }
        number += 1
        let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
        var line = rest[..<end]
        rest = end < rest.endIndex ? rest[(end + 1)...] : []
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return line
    }

    /// The words of a line, divided by spaces or tabs; nil stands for one that is not UTF-8.
    static func fields(_ line: ArraySlice<UInt8>) -> [String?] {
        line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.map { text($0) }
    }

    /// A line as text without space around it, or nil where it is not UTF-8.
    static func text(_ line: ArraySlice<UInt8>) -> String? {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line.removeLast() }
        return String(validating: line, as: UTF8.self)
    }
}
