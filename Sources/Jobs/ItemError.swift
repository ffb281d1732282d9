/// Why one submitted line is refused, and what to do about it; the caller adds the line number.
public struct ItemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name of the mistake.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The line has no content.
        case blankLine = "blank_line"
        /// The line is longer than ``CaptionItem/maximumLineBytes``.
        case lineTooLong = "line_too_long"
        /// The line, or a string in it, is not UTF-8.
        case invalidUTF8 = "invalid_utf8"
        /// The line is not a JSON object.
        case malformedJSON = "malformed_json"
        /// The line has a field that no item has.
        case unknownField = "unknown_field"
        /// The line has a field twice.
        case duplicateField = "duplicate_field"
        /// The line has no `caption`.
        case missingCaption = "missing_caption"
        /// A field has a value of the wrong type or outside its range.
        case invalidField = "invalid_field"
        /// The line lacks something that jobs of its kind work on.
        case missingInput = "missing_input"
        /// The line names an artifact, a job or a line that is not there, or not the caller's.
        case unknownInput = "unknown_input"
        /// The line asks for what the model cannot do.
        case unable = "unable"
        /// None of the caption's words is known to the model.
        case unknownWords = "unknown_words"
        /// Another line of the batch has the same `custom_id`.
        case duplicateCustomID = "duplicate_custom_id"
    }

    /// What is wrong.
    public var code: Code
    /// What is wrong and what to do, for people.
    public var message: String

    /// Describes a mistake.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }

    /// The error of two lines with the same `custom_id`.
    /// - Parameters:
    ///   - customID: The id that both have.
    ///   - line: The other line, which came first, from 1.
    public static func duplicateCustomID(_ customID: String, alreadyOn line: Int) -> ItemError {
        ItemError(
            .duplicateCustomID,
            "“custom_id” “\(readable(customID))” is already on line \(line); give every line of a batch its own")
    }

    /// A text of foreign origin, fit for a message: short, and without control characters.
    static func readable(_ text: String) -> String {
        let plain = text.unicodeScalars.prefix(60).map { $0.properties.generalCategory == .control ? "·" : String($0) }
        return plain.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
    }
}
