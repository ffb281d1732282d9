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
/// Every caption has 20 words or fewer and says only what is true; those of drawn faces use the words of
/// ``vocabulary`` alone.
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

    /// The captions of a drawn face.
    /// - Parameters:
    ///   - parameters: the face.
    ///   - face: its index, which keys the wording.
    ///   - count: how many captions.
    public func captions(
        of parameters: FaceParameters, face: Int, count: Int = captionsPerFace
    ) -> [FaceCaption] {
        captions(of: FaceDescription(parameters), face: face, count: count)
    }

    /// The captions of a face that others have described; those of a drawn face where its attributes say the same.
    public func captions(
        of description: FaceDescription, face: Int, count: Int = captionsPerFace
    ) -> [FaceCaption] {
        (0..<count).map { caption(of: description, face: face, number: $0) }
    }

    /// One caption of a drawn face.
    public func caption(of parameters: FaceParameters, face: Int, number: Int) -> FaceCaption {
        caption(of: FaceDescription(parameters), face: face, number: number)
    }

    /// One caption of a face that others have described.
    ///
    /// Of a face of which nothing is known it says that there is a person. Its words are those of ``vocabulary`` and of
    /// the traits.
    public func caption(of description: FaceDescription, face: Int, number: Int) -> FaceCaption {
        var random = CounterRandom(seed: seed, index: face, stream: 0xCA97_0000 + UInt64(number))
        var facts = CaptionFacts(description).choose(using: &random)
        let sex = description[.male]
        let namesSex = (facts.isEmpty || random.uniform() < 0.8) && sex != nil
        while true {
            var sentence = CaptionSentence(isMale: sex == true, namesSex: namesSex, facts: facts)
            let text = sentence.text(using: &random)
            if CaptionTokenizer().words(of: text).count <= Self.wordLimit || facts.isEmpty {
                let subject = namesSex ? [AttributeMention(attribute: .male, value: sex == true)] : []
                return FaceCaption(text: text, mentions: subject + facts.compactMap(\.mention))
            }
            facts.removeLast()
        }
    }

    /// Every word that a caption of a drawn face can have, in a fixed order.
    public static let vocabulary: Vocabulary = {
        let forms = FaceAttribute.allCases.map(CaptionForms.of)
        let texts = forms.flatMap { ($0.positive + $0.negative).map(\.text) }
        return Vocabulary(captions: CaptionSentence.frame + texts)
    }()
}
