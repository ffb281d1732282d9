import Captions
import Testing

@Suite struct PhraseReaderTests {
    private static let names = ["beard", "glasses", "hat", "hair", "nose", "age"]
    private static let reader: PhraseReader = {
        let phrases: [(String, Int, Bool)] = [
            ("beard", 0, true), ("no beard", 0, false), ("without a beard", 0, false), ("glasses", 1, true),
            ("hat", 2, true), ("no hat", 2, false), ("long hair", 3, true), ("big nose", 4, true), ("old", 5, true),
            ("young", 5, false),
        ]
        return PhraseReader(
            phrases.map { .init(words: $0.0.split(separator: " ").map(String.init), name: $0.1, isPresent: $0.2) })
    }()

    /// "+beard -hat": what is said to be there and what is not.
    private func read(_ caption: String) -> String {
        Self.reader.mentions(in: CaptionTokenizer().words(of: caption))
            .map { ($0.isPresent ? "+" : "-") + Self.names[$0.name] }.joined(separator: " ")
    }

    @Test(arguments: [
        ("a beard and glasses", "+beard +glasses"), ("no beard", "-beard"), ("no glasses", "-glasses"),
        ("without glasses or a hat", "-glasses -hat"), ("without a beard or glasses", "-beard -glasses"),
        ("no beard or glasses", "-beard -glasses"), ("no beard, glasses or hat", "-beard -glasses -hat"),
        ("no glasses, a hat or a big nose", "-glasses -hat -nose"),
        ("neither a beard nor glasses", "-beard -glasses"),
        ("neither hat nor beard nor glasses", "-hat -beard -glasses"),
        ("without glasses and a hat", "-glasses -hat"), ("without glasses and with a hat", "-glasses +hat"),
        ("no beard and long hair", "-beard +hair"), ("no beard, a big nose and long hair", "-beard +nose +hair"),
        ("no beard, has a big nose or a hat", "-beard +nose +hat"),
        ("he is not wearing a hat and has a beard", "-hat +beard"), ("he doesn't wear any hat", "-hat"),
        ("he does not have long hair or a big nose", "-hair -nose"), ("not old", "-age"), ("not young", ""),
        ("not a tall man but one with a beard", "+beard"), ("a hat, no hat", "+hat"), ("no", ""), ("", ""),
        ("without", ""), ("a beard or glasses", "+beard +glasses"),
    ])
    func denials(caption: String, expected: String) {
        #expect(read(caption) == expected)
    }
}
