/// Why a cron expression is refused.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A part of an expression.
    public enum Field: String, Hashable, Sendable, CaseIterable {
        /// All of it: the number of fields, or the macro.
        case expression
        /// The first field.
        case minute
        /// The second field.
        case hour
        /// The third field.
        case dayOfMonth = "day of month"
        /// The fourth field.
        case month
        /// The fifth field.
        case dayOfWeek = "day of week"
    }

    /// The part at fault.
    public var field: Field
    /// What is wrong and what is accepted instead, for people; begins in the middle of a sentence.
    public var message: String

    init(_ field: Field, _ message: String) {
        self.field = field
        self.message = message
    }

    /// The field and the message.
    public var description: String { "the \(field.rawValue) \(message)" }
}
