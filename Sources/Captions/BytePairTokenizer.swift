import Foundation

/// CLIP's tokeniser: a text to the ids of byte pairs, between a start and an end token.
///
/// The text is cleaned and put in lower case, cut into words, and each word's UTF-8 bytes are merged pair by pair in
/// the order of the list of merges, as far as the list goes. The last symbol of a word carries the mark `</w>`.
///
/// Cleaning mends broken text the way `ftfy.fix_text` does for captions: character references, UTF-8 that was read as
/// Windows-1252, ligatures, full-width forms, curly quotes, line breaks, control characters, and NFC.
///
/// The texts `<|startoftext|>` and `<|endoftext|>` inside a caption become the special tokens, as in the published
/// code; CLIP reads its feature at the first end token, so such a caption counts up to there.
///
/// Source: Radford et al., "Learning transferable visual models from natural language supervision", 2021; Sennrich et
/// al., "Neural machine translation of rare words with subword units", 2016.
public struct BytePairTokenizer: Sendable {
    /// The most bytes that a list of merges may have.
    public static let mergesLimit = 16 << 20
    /// The most UTF-8 bytes that a text may have.
    public static let textLimit = 1 << 16
    /// How many merges of the list count: CLIP's vocabulary is 2 · 256 bytes, these, and two special tokens.
    public static let mergeCount = 49_152 - 256 - 2

    private let vocabulary: BytePairVocabulary

    /// Creates a tokeniser.
    /// - Parameter merges: the text of `bpe_simple_vocab_16e6.txt`: a line of heading, then one merge per line, two
    ///   symbols with a space between. The first ``mergeCount`` count; a shorter list gives a smaller vocabulary.
    /// - Throws: ``BytePairError/mergesTooLarge(bytes:)`` or ``BytePairError/malformedMerge(line:)``.
    public init(merges: String) throws(BytePairError) {
        let bytes = merges.utf8.count
        guard bytes <= Self.mergesLimit else { throw .mergesTooLarge(bytes: bytes) }
        vocabulary = try BytePairVocabulary(Array(merges.utf8), limit: Self.mergeCount)
    }

    /// Creates a tokeniser from a file of merges, not compressed.
    /// - Throws: ``BytePairError/unreadable(_:)``, or as ``init(merges:)``.
    public init(contentsOfFile path: String) throws(BytePairError) {
        let data: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            // One byte more than allowed tells a file that is too large without reading it all.
            data = try file.read(upToCount: Self.mergesLimit + 1) ?? Data()
        } catch {
            throw .unreadable(error.localizedDescription)
        }
        guard data.count <= Self.mergesLimit else { throw .mergesTooLarge(bytes: data.count) }
        vocabulary = try BytePairVocabulary(Array(data), limit: Self.mergeCount)
    }

    /// The number of ids: 49408 for CLIP's list.
    public var vocabularySize: Int { vocabulary.symbolCount + 2 }
    /// The id that begins every row: 49406 for CLIP's list.
    public var startToken: Int { vocabulary.symbolCount }
    /// The id that ends the text, the largest of all: 49407 for CLIP's list.
    public var endToken: Int { vocabulary.symbolCount + 1 }

    /// The ids of a text, from start to end token, without padding.
    /// - Throws: ``BytePairError/textTooLong(bytes:)``.
    public func encode(_ text: String) throws(BytePairError) -> [Int] {
        let bytes = text.utf8.count
        guard bytes <= Self.textLimit else { throw .textTooLong(bytes: bytes) }
        var ids = [startToken]
        var scanner = ClipWords(CaptionCleaner.cleaned(text))
        while let word = scanner.next() {
            switch word {
            case .start: ids.append(startToken)
            case .end: ids.append(endToken)
            case .letters(let scalars):
                ids += vocabulary.ids(ofWord: Array(CaptionCleaner.string(scalars).utf8))
            }
        }
        ids.append(endToken)
        return ids
    }

    /// Rows of one length, padded with 0: what a text encoder takes.
    /// - Parameters:
    ///   - texts: one text per row.
    ///   - contextLength: the length of a row, 77 for the published models.
    ///   - truncating: whether a text that is too long keeps its first tokens and the end token; otherwise it is an
    ///     error.
    /// - Throws: ``BytePairError/tooManyTokens(count:limit:)``, or as ``encode(_:)``.
    public func padded(
        _ texts: [String], contextLength: Int = 77, truncating: Bool = false
    ) throws(BytePairError) -> [[Int]] {
        guard contextLength >= 2 else { throw .invalidContextLength(contextLength) }
        var rows: [[Int]] = []
        for text in texts {
            var row = try encode(text)
            if row.count > contextLength {
                guard truncating else { throw .tooManyTokens(count: row.count, limit: contextLength) }
                row = row.prefix(contextLength - 1) + [endToken]
            }
            rows.append(row + repeatElement(0, count: contextLength - row.count))
        }
        return rows
    }
}
