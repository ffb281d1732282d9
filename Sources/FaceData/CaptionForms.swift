/// A way to say one thing in a caption, and the part of a sentence that it fits.
struct CaptionForm: Sendable {
    /// Where the words can stand.
    enum Place: Sendable {
        /// Before the noun or after "is".
        case adjective
        /// After "is" only.
        case predicate
        /// After "has" or "with".
        case noun
        /// After "wears".
        case worn
        /// At the end of the sentence.
        case trailing
        /// The subject itself.
        case subject
        /// Before "hair": its length, shape or colour.
        case hair
    }

    let place: Place
    let text: String
    /// The tokens that name the attribute: the text without its article.
    let phrase: String

    init(_ place: Place, _ text: String, naming phrase: String? = nil) {
        self.place = place
        self.text = text
        let article = ["a ", "an "].first { text.hasPrefix($0) } ?? ""
        self.phrase = phrase ?? String(text.dropFirst(article.count))
    }
}

/// How each attribute is put into words.
enum CaptionForms {
    typealias Forms = (positive: [CaptionForm], negative: [CaptionForm])

    static func of(_ attribute: FaceAttribute) -> Forms {
        switch attribute {
        case .male, .young, .chubby, .ovalFace, .paleSkin, .rosyCheeks: build(attribute)
        case .bald, .bangs, .longHair, .wavyHair, .blackHair, .brownHair, .blondHair, .grayHair, .redHair:
            hair(attribute)
        case .eyeglasses: worn(["eyeglasses", "glasses"], without: ["without glasses", "without eyeglasses"])
        case .hat: worn(["a hat"], without: ["without a hat"])
        case .earrings: worn(["earrings"], without: ["without earrings"])
        case .necklace: worn(["a necklace"], without: ["without a necklace"])
        case .necktie: worn(["a necktie", "a tie"], without: ["without a tie"])
        case .lipstick: worn(["lipstick"], without: ["without lipstick"])
        case .heavyMakeup: worn(["heavy makeup", "makeup"], without: ["without makeup"])
        default: features(attribute)
        }
    }

    private static func build(_ attribute: FaceAttribute) -> Forms {
        switch attribute {
        case .male:
            (
                ["man", "he", "male"].map { CaptionForm(.subject, $0) },
                ["woman", "she", "female"].map { CaptionForm(.subject, $0) }
            )
        case .young: ([.init(.adjective, "young")], [.init(.adjective, "old"), .init(.adjective, "elderly")])
        case .chubby: ([.init(.adjective, "chubby")], [])
        case .ovalFace: ([.init(.noun, "an oval face")], [])
        case .paleSkin: ([.init(.noun, "pale skin"), .init(.adjective, "pale")], [])
        default: ([.init(.noun, "rosy cheeks")], [])
        }
    }

    private static func hair(_ attribute: FaceAttribute) -> Forms {
        switch attribute {
        case .bald: ([.init(.adjective, "bald"), .init(.noun, "no hair")], [])
        case .bangs: ([.init(.noun, "bangs"), .init(.noun, "a fringe")], [.init(.noun, "no bangs")])
        case .longHair: ([.init(.hair, "long")], [.init(.hair, "short")])
        case .wavyHair: ([.init(.hair, "wavy"), .init(.hair, "curly")], [.init(.hair, "straight")])
        case .blackHair: ([.init(.hair, "black", naming: "black hair")], [])
        case .brownHair: ([.init(.hair, "brown", naming: "brown hair")], [])
        case .blondHair: ([.init(.hair, "blond"), .init(.hair, "blonde")], [])
        case .grayHair:
            ([.init(.hair, "gray", naming: "gray hair"), .init(.hair, "grey", naming: "grey hair")], [])
        default: ([.init(.hair, "red", naming: "red hair"), .init(.hair, "ginger", naming: "ginger hair")], [])
        }
    }

    private static func features(_ attribute: FaceAttribute) -> Forms {
        switch attribute {
        case .bushyEyebrows: nouns(["bushy eyebrows", "thick eyebrows"], ["thin eyebrows"])
        case .archedEyebrows: nouns(["arched eyebrows"], ["flat eyebrows"])
        case .narrowEyes: nouns(["narrow eyes"], ["big eyes"])
        case .bigNose: nouns(["a big nose", "a large nose"], ["a small nose"])
        case .bigLips: nouns(["big lips", "full lips"], ["thin lips"])
        case .smiling:
            (
                [.init(.adjective, "smiling"), .init(.noun, "a smile")],
                [.init(.predicate, "not smiling"), .init(.adjective, "serious")]
            )
        case .mouthOpen:
            nouns(["a slightly open mouth", "an open mouth", "mouth slightly open"], ["a closed mouth"])
        case .beard: bearded("beard")
        case .goatee: bearded("goatee")
        default: bearded("mustache")
        }
    }

    private static func nouns(_ positive: [String], _ negative: [String]) -> Forms {
        (positive.map { CaptionForm(.noun, $0) }, negative.map { CaptionForm(.noun, $0) })
    }

    private static func bearded(_ name: String) -> Forms {
        ([.init(.noun, "a \(name)")], [.init(.noun, "no \(name)"), .init(.trailing, "without a \(name)")])
    }

    private static func worn(_ things: [String], without: [String]) -> Forms {
        let positive = things.map { CaptionForm(.worn, $0) }
        let none = positive.map { CaptionForm(.worn, "no \($0.phrase)") }
        return (positive, none + without.map { CaptionForm(.trailing, $0) })
    }
}
