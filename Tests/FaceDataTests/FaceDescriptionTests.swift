import Captions
import FaceData
import Testing

@Suite("Captions of faces that others have described")
struct FaceDescriptionTests {
    static let grammar = CaptionGrammar(seed: 3)
    let tokenizer = CaptionTokenizer()

    /// What a hundred captions say.
    private func mentions(_ attributes: [String: Bool]) -> Set<AttributeMention> {
        let captions = Self.grammar.captions(of: FaceDescription(celebA: attributes), face: 1, count: 100)
        return Set(captions.flatMap(\.mentions))
    }

    private func text(_ attributes: [String: Bool]) -> String {
        Self.grammar.captions(of: FaceDescription(celebA: attributes), face: 1, count: 100).map(\.text)
            .joined(separator: " ").lowercased()
    }

    @Test("A drawn face has the same captions whether it is drawn or described")
    func sameCaptions() {
        for face in 0..<20 {
            let parameters = FaceSampler(seed: 8).parameters(of: face)
            var description = FaceDescription()
            for attribute in FaceAttribute.allCases { description[attribute] = parameters[attribute] }
            #expect(
                Self.grammar.captions(of: description, face: face)
                    == Self.grammar.captions(of: parameters, face: face))
        }
    }

    @Test("Of a face of which nothing is known there is a person; of sex alone, a man or a woman")
    func nothingKnown() {
        let none = Self.grammar.captions(of: FaceDescription(), face: 1, count: 50)
        #expect(none.allSatisfy { $0.mentions.isEmpty })
        #expect(Set(none.map(\.text)).isSubset(of: ["This is a person.", "A person.", "The person."]))
        let man = Self.grammar.captions(of: FaceDescription(celebA: ["Male": true]), face: 1, count: 50)
        #expect(man.contains { $0.mentions.contains(.init(attribute: .male, value: true)) })
        #expect(mentions(["Smiling": true]).allSatisfy { $0.attribute == .smiling })
    }

    @Test(
        "Contradictions are left open",
        arguments: [
            ["Black_Hair", "Blond_Hair"], ["Bald", "Bangs", "Brown_Hair"], ["Straight_Hair", "Wavy_Hair"],
            ["No_Beard", "Goatee"],
        ])
    func contradictions(names: [String]) {
        var row = Dictionary(uniqueKeysWithValues: CelebA.names.map { ($0, false) })
        row["Male"] = true
        for name in names { row[name] = true }
        #expect(AttributeContradiction.all(in: row) == [names])
        let doubtful = Set(names.compactMap(FaceAttribute.init(rawValue:)))
        let said = mentions(row)
        #expect(!said.isEmpty && said.allSatisfy { !doubtful.contains($0.attribute) })
        #expect(!said.contains { $0.attribute == .beard && names.contains("No_Beard") })
        #expect(!said.contains { $0.attribute == .wavyHair && names.contains("Wavy_Hair") })
    }

    @Test("CelebA's other words are translated")
    func translation() {
        #expect(mentions(["Male": true, "No_Beard": false]).contains(.init(attribute: .beard, value: true)))
        #expect(mentions(["Male": true, "No_Beard": true]).contains(.init(attribute: .beard, value: false)))
        let goatee = mentions(["Male": true, "No_Beard": false, "Goatee": true])
        #expect(goatee.contains(.init(attribute: .goatee, value: true)))
        #expect(!goatee.contains { $0.attribute == .beard })
        #expect(
            mentions(["Straight_Hair": true, "Wavy_Hair": false]).contains(.init(attribute: .wavyHair, value: false)))
        #expect(!mentions(["Straight_Hair": false, "Wavy_Hair": false]).contains { $0.attribute == .wavyHair })
        // A nose that is not big need not be small.
        #expect(
            !mentions(["Big_Nose": false, "Big_Lips": false]).contains { [.bigNose, .bigLips].contains($0.attribute) })
    }

    @Test("Every trait is said where it holds, within twenty words, and never reads as an attribute")
    func traits() {
        for trait in FaceTrait.allCases {
            let captions = Self.grammar.captions(of: FaceDescription(celebA: [trait.name: true]), face: 2, count: 30)
            #expect(Set(captions.map(\.text)).isDisjoint(with: ["This is a person."]))
            for caption in captions {
                #expect(AttributePhrases.mentions(in: tokenizer.words(of: caption.text)).isEmpty, "\(caption.text)")
            }
            #expect(text([trait.name: false]) == text([:]))
        }
        let all = Dictionary(uniqueKeysWithValues: FaceTrait.allCases.map { ($0.name, true) })
        for caption in Self.grammar.captions(of: FaceDescription(celebA: all), face: 3, count: 200) {
            #expect(tokenizer.words(of: caption.text).count <= CaptionGrammar.wordLimit, "\(caption.text)")
        }
    }

    @Test("Of CelebA's forty attributes captions have words for all but one")
    func worded() {
        #expect(CelebA.names.count == 40)
        #expect(CelebA.names.filter { !FaceDescription.isWorded($0) } == ["Blurry"])
        #expect(FaceAttribute.allCases.allSatisfy { FaceDescription.isWorded($0.name) })
    }

    @Test("Captions of random rows say only what the row says")
    func truth() {
        var random = CounterRandom(seed: 1, index: 0)
        for face in 0..<300 {
            let row = Dictionary(uniqueKeysWithValues: CelebA.names.map { ($0, random.uniform() < 0.3) })
            for mention in Self.grammar.captions(of: FaceDescription(celebA: row), face: face).flatMap(\.mentions) {
                switch mention.attribute {
                case .beard: #expect(row["No_Beard"] == !mention.value)
                case .wavyHair where !mention.value: #expect(row["Straight_Hair"] == true)
                default: #expect(row[mention.attribute.name] == mention.value, "\(mention)")
                }
            }
        }
    }

    @Test("Drawn faces never contradict themselves")
    func drawn() {
        for face in 0..<500 {
            let values = zip(FaceParameters.attributeNames, FaceSampler(seed: 2).parameters(of: face).attributes)
            #expect(AttributeContradiction.all(in: Dictionary(uniqueKeysWithValues: values)).isEmpty)
        }
    }
}

enum CelebA {
    /// The attributes of CelebA in the order of its file.
    static let names = """
        5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair Blond_Hair \
        Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair Heavy_Makeup High_Cheekbones \
        Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face Pale_Skin Pointy_Nose Receding_Hairline \
        Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair Wearing_Earrings Wearing_Hat Wearing_Lipstick \
        Wearing_Necklace Wearing_Necktie Young
        """.split(separator: " ").map(String.init)
}
