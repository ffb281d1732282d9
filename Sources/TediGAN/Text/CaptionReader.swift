import Captions

/// Reads captions as a pack knows words: the ids for its text encoder, and the attributes of its layer policy.
public struct CaptionReader: Sendable {
    private let vocabulary: Vocabulary
    private let policy: LayerPolicy
    private let tokenizer = CaptionTokenizer()

    /// A reader for a pack's text encoder.
    ///
    /// - Throws: ``TediGANError/missing(path:_:)`` for a pack without one.
    public init(pack: ModelPack) throws(TediGANError) {
        guard pack.has(.text), let vocabulary = pack.manifest.vocabulary else {
            throw .missing(path: pack.path, .text)
        }
        self.vocabulary = vocabulary
        policy = pack.manifest.policy
    }

    /// What the text encoder will read of a caption and what it names.
    /// - Returns: the ids of the first known words, up to the word limit; the attributes named by then.
    /// - Throws: ``TediGANError/nothingNamed(caption:)``.
    public func read(_ caption: String) throws(TediGANError) -> (ids: [Int], attributes: [NamedAttribute]) {
        let words = tokenizer.words(of: caption)
        var ids: [Int] = []
        var end = 0
        while end < words.count, ids.count < tokenizer.wordLimit {
            if let id = vocabulary.id(of: words[end]), id > 0 { ids.append(id) }
            end += 1
        }
        // Words past the limit do not reach the text's code, so what they name cannot be taken from it.
        let attributes = policy.named(in: Array(words[..<end]))
        guard !ids.isEmpty, !attributes.isEmpty else { throw .nothingNamed(caption: caption) }
        return (ids, attributes)
    }
}
