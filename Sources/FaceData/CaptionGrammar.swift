public import Captions

/// A sentence about a face and what it says.
public struct FaceCaption: Sendable, Hashable {
    /// The sentence.
    public let text: String
    /// The attributes that the sentence names and the values that it gives them; all true of the face.
    public let mentions: [AttributeMention]
}

/// Writes captions about faces in the manner of Multi-Modal CelebA-HQ: one sentence that names some attributes.
///
/// Every caption has 20 words or fewer, says only what is true, and uses the words of ``vocabulary`` alone.
public struct CaptionGrammar: Sendable, Hashable {
    /// The number of captions per face in the published data set.
    public static let captionsPerFace = 10

    /// The most words in a caption.
    public static let wordLimit = 20

    /// The seed that, with the index of face and caption, decides the wording.
    public let seed: UInt64

    /// Creates a grammar.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// The captions of a face.
    /// - Parameters:
    ///   - parameters: the face.
    ///   - face: its index, which keys the wording.
    ///   - count: how many captions.
    public func captions(
        of parameters: FaceParameters, face: Int, count: Int = captionsPerFace
    ) -> [FaceCaption] {
        (0..<count).map { caption(of: parameters, face: face, number: $0) }
    }

    /// One caption of a face.
    public func caption(of parameters: FaceParameters, face: Int, number: Int) -> FaceCaption {
        var random = CounterRandom(seed: seed, index: face, stream: 0xCA97_0000 + UInt64(number))
        var facts = CaptionFacts(parameters).choose(using: &random)
        let namesSex = facts.isEmpty || random.uniform() < 0.8
        while true {
            var sentence = CaptionSentence(isMale: parameters[.male], namesSex: namesSex, facts: facts)
            let text = sentence.text(using: &random)
            if CaptionTokenizer().words(of: text).count <= Self.wordLimit || facts.isEmpty {
                let sex = namesSex ? [AttributeMention(attribute: .male, value: parameters[.male])] : []
                return FaceCaption(text: text, mentions: sex + facts.map(\.mention))
            }
            facts.removeLast()
        }
    }

    /// Every word that a caption can have, in a fixed order.
    public static let vocabulary: Vocabulary = {
        let forms = FaceAttribute.allCases.map(CaptionForms.of)
        let texts = forms.flatMap { ($0.positive + $0.negative).map(\.text) }
        return Vocabulary(captions: CaptionSentence.frame + texts)
    }()
}
