/// Why a byte-pair tokeniser could not be made, or could not take a text.
public enum BytePairError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The merges file cannot be read; the text is the system's.
    case unreadable(String)
    /// The list of merges has more bytes than ``BytePairTokenizer/mergesLimit``.
    case mergesTooLarge(bytes: Int)
    /// A line of the list, counted from 1, is not a merge of two known symbols into a new one.
    case malformedMerge(line: Int)
    /// A text has more bytes than ``BytePairTokenizer/textLimit``.
    case textTooLong(bytes: Int)
    /// A text has more tokens, with start and end, than a row holds.
    case tooManyTokens(count: Int, limit: Int)
    /// A row must hold two tokens at least, start and end.
    case invalidContextLength(Int)

    /// One line.
    public var description: String {
        switch self {
        case .unreadable(let reason): "the list of merges cannot be read: \(reason)"
        case .mergesTooLarge(let bytes):
            "the list of merges has \(bytes) bytes, more than \(BytePairTokenizer.mergesLimit)"
        case .malformedMerge(let line): "line \(line) of the merges is not a merge of two known symbols into a new one"
        case .textTooLong(let bytes): "the text has \(bytes) bytes, more than \(BytePairTokenizer.textLimit)"
        case .tooManyTokens(let count, let limit): "the text has \(count) tokens, more than \(limit)"
        case .invalidContextLength(let length): "a row of \(length) tokens has no room for start and end"
        }
    }
}
