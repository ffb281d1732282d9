/// The ordered words that a text encoder knows.
///
/// Id 0 is `<end>` and only pads; the other ids follow first-seen order. There is no unknown word: words outside the
/// vocabulary are dropped.
///
/// Source: AttnGAN and TediGAN `datasets.py` (`ixtoword`, `wordtoix`).
public struct Vocabulary: Sendable, Hashable, Codable {
    /// The word of id 0, used as padding.
    public static let padding = "<end>"

    /// The words by id; the first is ``padding``.
    public let words: [String]
    private let idOfWord: [String: Int]

    /// Creates a vocabulary from words in their order; repetitions and the padding word are passed over.
    public init(words: some Sequence<String>) {
        var ordered = [Self.padding]
        var ids = [Self.padding: 0]
        for word in words where ids[word] == nil {
            ids[word] = ordered.count
            ordered.append(word)
        }
        self.words = ordered
        self.idOfWord = ids
    }

    /// Creates a vocabulary of every word in the captions, in first-seen order.
    public init(captions: some Sequence<String>, tokenizer: CaptionTokenizer = CaptionTokenizer()) {
        self.init(words: captions.lazy.flatMap(tokenizer.words(of:)))
    }

    /// The number of ids, with the padding.
    public var count: Int { words.count }

    /// The id of a word in lower case, or nothing where the vocabulary lacks it.
    public func id(of word: String) -> Int? { idOfWord[word] }

    /// Whether the vocabulary has the word.
    public func contains(_ word: String) -> Bool { idOfWord[word] != nil }

    /// The ids of the known words of a tokenised caption; unknown words are dropped.
    public func ids(of words: [String]) -> [Int] { words.compactMap { idOfWord[$0] } }

    /// The ids of the known words of a caption, the first `wordLimit` of them: the deterministic form for inference.
    public func ids(of caption: String, tokenizer: CaptionTokenizer = CaptionTokenizer()) -> [Int] {
        Array(ids(of: tokenizer.words(of: caption)).prefix(tokenizer.wordLimit))
    }

    /// The ids of a caption as in training: cut to `wordLimit` words by a random subset of positions.
    public func ids(
        of caption: String, tokenizer: CaptionTokenizer, using generator: inout some RandomNumberGenerator
    ) -> [Int] {
        tokenizer.capped(ids(of: tokenizer.words(of: caption)), using: &generator)
    }

    /// The words of ids, without padding; ids out of range are passed over.
    public func caption(of ids: [Int]) -> String {
        ids.filter { $0 > 0 && $0 < words.count }.map { words[$0] }.joined(separator: " ")
    }

    /// Reads the list of words.
    public init(from decoder: any Decoder) throws {
        let list = try decoder.singleValueContainer().decode([String].self)
        self.init(words: list)
        guard words == list else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a vocabulary is a list of distinct words that begins with \(Self.padding)"))
        }
    }

    /// Writes the list of words.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(words)
    }

    /// Whether two vocabularies have the same words in the same order.
    public static func == (left: Vocabulary, right: Vocabulary) -> Bool { left.words == right.words }

    /// Hashes the words.
    public func hash(into hasher: inout Hasher) { hasher.combine(words) }
}
