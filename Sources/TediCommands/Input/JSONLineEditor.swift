import Foundation

/// Finds members of a line's JSON object in its bytes and puts others in their place, without touching the rest.
///
/// It is no parser: what comes out is read strictly afterwards, so a line that is not JSON may pass as it is.
struct JSONLineEditor {
    /// A member of the outermost object.
    struct Member {
        /// The name, unescaped.
        var name: String
        /// Where the name stands, with its quotes.
        var nameRange: Range<Int>
        /// Where the value stands, if it is a string, or the strings of the value, if it is a list: with their quotes.
        var strings: [Range<Int>]
    }

    private let bytes: ArraySlice<UInt8>

    private static let quote = UInt8(ascii: "\"")

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    /// The members whose values are strings or lists of strings.
    func members() -> [Member] {
        var members: [Member] = []
        var depth = 0
        var position = bytes.startIndex
        // The member that a string belongs to; nil where the next string is a name.
        var current: Member?
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","):
                if depth == 1 {
                    if let current { members.append(current) }
                    current = nil
                }
            case Self.quote:
                guard let end = endOfString(position) else { return members }
                let range = position..<end
                if depth == 1, current == nil {
                    current = Member(name: text(range) ?? "", nameRange: range, strings: [])
                } else if depth <= 2 {
                    current?.strings.append(range)
                }
                position = end
                continue
            default: break
            }
            position += 1
        }
        if let current { members.append(current) }
        return members
    }

    /// The text of a string with its quotes; nil where it is malformed.
    func text(_ range: Range<Int>) -> String? {
        let inner = bytes[range].dropFirst().dropLast()
        guard inner.contains(UInt8(ascii: "\\")) else { return String(validating: inner, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data(bytes[range]))
    }

    /// The line with other bytes at some places, which are in the order of the line and do not overlap.
    func replacing(_ edits: [(range: Range<Int>, with: [UInt8])]) -> [UInt8] {
        var result: [UInt8] = []
        var position = bytes.startIndex
        for edit in edits {
            result += bytes[position..<edit.range.lowerBound]
            result += edit.with
            position = edit.range.upperBound
        }
        return result + bytes[position...]
    }

    private func endOfString(_ start: Int) -> Int? {
        var position = start + 1
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "\\"): position += 2
            case Self.quote: return position + 1
            default: position += 1
            }
        }
        return nil
    }
}
