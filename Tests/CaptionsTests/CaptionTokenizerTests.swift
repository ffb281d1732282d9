import Captions
import Testing

/// Yields the same numbers in every run.
struct Countdown: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite struct CaptionTokenizerTests {
    let tokenizer = CaptionTokenizer()

    @Test(arguments: [
        ("She has Blond Hair.", ["she", "has", "blond", "hair"]),
        ("  wavy,brown;hair \n", ["wavy", "brown", "hair"]),
        ("5_o_clock shadow", ["5_o_clock", "shadow"]),
        ("She's young", ["she", "s", "young"]),
        ("high-cheekbones", ["high", "cheekbones"]),
        ("", []),
        ("?!...", []),
    ])
    func words(caption: String, expected: [String]) {
        #expect(tokenizer.words(of: caption) == expected)
    }

    @Test(
        "What is outside ASCII is dropped from its word, and a word of nothing else disappears",
        arguments: [
            ("café au lait", ["caf", "au", "lait"]),
            ("naïve smile", ["nave", "smile"]),
            ("beard\u{2014}gray", ["beard", "gray"]),
            ("微笑 hat 帽子", ["hat"]),
            ("😀 glasses", ["glasses"]),
            ("\u{212A}ind", ["kind"]),
            ("pale\u{FFFD}\u{FFFD}skin", ["pale", "skin"]),
            ("\u{FFFD}\u{FFFD}\u{FFFD}", []),
        ])
    func nonASCII(caption: String, expected: [String]) {
        #expect(tokenizer.words(of: caption) == expected)
    }

    @Test func longCaptionsKeepARandomSubsetInOrder() {
        let words = (0..<57).map { "w\($0)" }
        var random = Countdown(state: 5)
        var subsets: Set<[String]> = []
        for _ in 0..<50 {
            let kept = tokenizer.words(of: words.joined(separator: " "), using: &random)
            #expect(kept.count == 20)
            let positions = kept.compactMap(words.firstIndex(of:))
            #expect(positions.count == 20)
            #expect(positions == positions.sorted())
            #expect(Set(positions).count == 20)
            subsets.insert(kept)
        }
        #expect(subsets.count > 40)
        #expect(Set(subsets.joined()).count == 57, "every position is kept now and then")
    }

    @Test func shortCaptionsAreKeptWhole() {
        var random = Countdown(state: 1)
        let words = (0..<20).map { "w\($0)" }
        #expect(tokenizer.words(of: words.joined(separator: " "), using: &random) == words)
        #expect(random.state == 1, "no number is drawn where none is needed")
    }

    @Test func theLimitIsAtLeastOne() {
        var random = Countdown(state: 1)
        #expect(CaptionTokenizer(wordLimit: -3).words(of: "a b c", using: &random).count == 1)
    }

    @Test func filesGiveTheirFirstTenNonEmptyLines() {
        let lines = (0..<14).map { "caption number \($0)" }
        let text = "\n" + lines.joined(separator: "\r\n\n ... \n")
        #expect(tokenizer.captions(ofFile: text) == Array(lines.prefix(10)))
    }
}
