import Captions
import FaceData
import Testing

@Suite struct CaptionGrammarTests {
    static let faces = (0..<1500).map(FaceSampler(seed: 51).parameters(of:))
    static let captions = faces.indices.map { CaptionGrammar(seed: 5).captions(of: faces[$0], face: $0) }
    let tokenizer = CaptionTokenizer()

    @Test func captionsDependOnSeedFaceAndNumberOnly() {
        let grammar = CaptionGrammar(seed: 5)
        #expect(Self.captions.allSatisfy { $0.count == CaptionGrammar.captionsPerFace })
        #expect(grammar.caption(of: Self.faces[3], face: 3, number: 7) == Self.captions[3][7])
        #expect(CaptionGrammar(seed: 6).captions(of: Self.faces[3], face: 3) != Self.captions[3])
    }

    @Test func captionsAreShortAndSaySomething() {
        for caption in Self.captions.joined() {
            #expect(tokenizer.words(of: caption.text).count <= 20, "\(caption.text)")
            #expect(!caption.mentions.isEmpty)
            #expect(Set(caption.mentions.map(\.attribute)).count == caption.mentions.count)
        }
    }

    @Test func captionsAreTrue() {
        for (face, captions) in zip(Self.faces, Self.captions) {
            for mention in captions.flatMap(\.mentions) {
                #expect(face[mention.attribute] == mention.value, "\(mention)")
            }
        }
    }

    @Test("The phrases find in a caption exactly what the grammar put there")
    func phrasesReadCaptions() {
        for caption in Self.captions.joined() {
            let found = AttributePhrases.mentions(in: tokenizer.words(of: caption.text))
            #expect(Set(found) == Set(caption.mentions), "\(caption.text)")
        }
    }

    @Test func theVocabularyIsClosedAndHasNoIdleWord() {
        let vocabulary = CaptionGrammar.vocabulary
        let used = Set(Self.captions.joined().flatMap { tokenizer.words(of: $0.text) })
        #expect(used.subtracting(vocabulary.words).isEmpty)
        #expect(Set(vocabulary.words.dropFirst()).subtracting(used).isEmpty)
    }

    @Test func everyAttributeIsNamedAndManyAreDenied() {
        let mentions = Self.captions.joined().flatMap(\.mentions)
        let positive = Set(mentions.filter(\.value).map(\.attribute))
        let negative = Set(mentions.filter { !$0.value }.map(\.attribute))
        #expect(positive == Set(FaceAttribute.allCases))
        #expect(negative.isSuperset(of: [.beard, .smiling, .eyeglasses, .longHair, .male, .young, .hat]))
    }

    @Test("A caption can say one thing alone, where there are words for it")
    func singleMentions() {
        let grammar = CaptionGrammar(seed: 5)
        for attribute in FaceAttribute.allCases {
            for value in [true, false] {
                let mention = AttributeMention(attribute: attribute, value: value)
                for face in 0..<20 {
                    guard let caption = grammar.caption(saying: mention, face: face, number: 0) else {
                        #expect(!value, "\(attribute)")
                        continue
                    }
                    #expect(caption.mentions == [mention])
                    #expect(AttributePhrases.mentions(in: tokenizer.words(of: caption.text)) == [mention], "\(caption)")
                }
            }
        }
        let blond = AttributeMention(attribute: .blondHair, value: false)
        #expect(grammar.caption(saying: blond, face: 0, number: 0) == nil)
    }

    @Test func captionsOfAFaceDiffer() {
        let distinct = Self.captions.map { Double(Set($0.map(\.text)).count) }
        #expect(distinct.reduce(0, +) / Double(distinct.count) > 9)
    }

    @Test(arguments: [
        (
            "a man without a beard",
            [AttributeMention(attribute: .male, value: true), .init(attribute: .beard, value: false)]
        ),
        ("She is not smiling", [.init(attribute: .male, value: false), .init(attribute: .smiling, value: false)]),
        (
            "BLACK HAIR, no glasses",
            [.init(attribute: .blackHair, value: true), .init(attribute: .eyeglasses, value: false)]
        ),
        ("a black dog", []),
        (
            "a woman without glasses or earrings",
            [
                .init(attribute: .male, value: false), .init(attribute: .eyeglasses, value: false),
                .init(attribute: .earrings, value: false),
            ]
        ),
        (
            "no beard, mustache or glasses",
            [
                .init(attribute: .beard, value: false), .init(attribute: .mustache, value: false),
                .init(attribute: .eyeglasses, value: false),
            ]
        ),
        ("smiling, smiling, not smiling", [.init(attribute: .smiling, value: true)]),
    ])
    func phrases(caption: String, expected: [AttributeMention]) {
        #expect(AttributePhrases.mentions(in: tokenizer.words(of: caption)) == expected)
    }

    @Test func phrasesAreTokensAndUnambiguous() {
        #expect(AttributePhrases.all.map(\.attribute) == FaceAttribute.allCases)
        var owners: [String: FaceAttribute] = [:]
        for phrases in AttributePhrases.all {
            #expect(!phrases.positive.isEmpty)
            #expect(Set(phrases.positive).isDisjoint(with: phrases.negative))
            for phrase in phrases.positive + phrases.negative {
                #expect(tokenizer.words(of: phrase).joined(separator: " ") == phrase)
                #expect(owners.updateValue(phrases.attribute, forKey: phrase) == nil, "\(phrase)")
            }
        }
    }
}
