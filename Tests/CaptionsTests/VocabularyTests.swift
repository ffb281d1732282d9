import Captions
import Foundation
import Testing

@Suite struct VocabularyTests {
    let vocabulary = Vocabulary(captions: ["She has blond hair.", "He has a beard.", "the hat"])

    @Test func idsFollowFirstSeenOrder() {
        #expect(vocabulary.words == ["<end>", "she", "has", "blond", "hair", "he", "a", "beard", "the", "hat"])
        #expect(vocabulary.id(of: "she") == 1)
        #expect(vocabulary.id(of: Vocabulary.padding) == 0)
        #expect(vocabulary.count == 10)
    }

    @Test func unknownWordsAreDropped() {
        #expect(vocabulary.ids(of: "She, surprisingly, has GREEN hair!") == [1, 2, 4])
        #expect(vocabulary.ids(of: "zzz") == [])
        #expect(!vocabulary.contains("green"))
    }

    @Test func paddingCannotBeWrittenInACaption() {
        #expect(vocabulary.ids(of: "<end> hair") == [4])
    }

    @Test func inferenceKeepsTheFirstKnownWords() {
        let caption = Array(repeating: "zzz hair", count: 15).joined(separator: " ") + " hat hat hat hat hat hat"
        #expect(vocabulary.ids(of: caption).count == 20)
        #expect(vocabulary.ids(of: caption) == Array(repeating: 4, count: 15) + Array(repeating: 9, count: 5))
    }

    @Test func trainingKeepsARandomSubset() {
        var random = Countdown(state: 3)
        let caption = Array(repeating: "hair hat", count: 20).joined(separator: " ")
        let ids = vocabulary.ids(of: caption, tokenizer: CaptionTokenizer(), using: &random)
        #expect(ids.count == 20)
        #expect(Set(ids) == [4, 9])
    }

    @Test func readsWhatItWrote() throws {
        let data = try JSONEncoder().encode(vocabulary)
        #expect(try JSONDecoder().decode(Vocabulary.self, from: data) == vocabulary)
        #expect(String(decoding: data, as: UTF8.self).hasPrefix("[\"<end>\",\"she\""))
    }

    @Test(arguments: [#"["she","<end>"]"#, #"["<end>","a","a"]"#, "[]", #"{"words":[]}"#, #"["<end>",3]"#])
    func refusesWhatIsNoVocabulary(text: String) {
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Vocabulary.self, from: Data(text.utf8))
        }
    }

    @Test func givesTheWordsOfIds() {
        #expect(vocabulary.caption(of: [1, 2, 3, 4, 0, 0, 99, -1]) == "she has blond hair")
    }
}
