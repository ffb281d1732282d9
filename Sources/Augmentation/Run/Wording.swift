import Captions
import FaceData

/// The words of a sample: what the model is asked for, and what will be seen.
struct Wording {
    /// What the model is asked for; empty where it is asked for nothing in words.
    var instruction: String
    /// What is to be seen.
    var caption: String

    /// - Parameters:
    ///   - slot: the sample.
    ///   - work: what its policy does.
    ///   - attributes: what is known of the image.
    ///   - captions: what people say of the image.
    ///   - seed: decides the wording.
    init(
        _ slot: Slot, _ work: Recipe.Work, attributes: [String: Bool], captions: [String], seed: UInt64
    ) {
        let first = captions.first ?? ""
        switch work {
        case .edit:
            let changes = slot.changes.compactMap { Recipe.Change(text: $0) }
            instruction = EditWords.caption(for: changes, seed: seed)
            let edited = AttributeGroups.apply(changes, to: attributes)
            caption = Self.caption(of: edited, naming: changes, seed: seed) ?? instruction
        case .style:
            instruction = ""
            // Colours are what another style changes first, so the words leave them open.
            let kept = attributes.filter { FaceFeatures.group(named: $0.key)?.kind != .colour }
            caption = Self.caption(of: kept, naming: [], seed: seed) ?? first
        case .resynthesis(let resynthesis):
            instruction = resynthesis.usesCaption ? first : ""
            caption = instruction
        case .paraphrase:
            instruction = ""
            caption = ""
        }
    }

    /// A sentence of the grammar about a face, one that says all of the changes where there is one.
    private static func caption(
        of attributes: [String: Bool], naming changes: [Recipe.Change], seed: UInt64
    ) -> String? {
        guard attributes.count > changes.count else { return nil }
        let description = FaceDescription(celebA: attributes)
        let wanted = Set(changes.map { AttributeMention(attribute: $0.attribute, value: $0.value) })
        let grammar = CaptionGrammar(seed: seed)
        for number in 0..<64 {
            let caption = grammar.caption(of: description, face: 0, number: number)
            if wanted.isSubset(of: caption.mentions) { return caption.text }
        }
        return nil
    }
}

/// Says the same in other words.
enum Paraphrase {
    /// Another sentence that says of a face what a caption says; nil where the grammar has no words for any of it, or
    /// finds no other.
    ///
    /// - Parameters:
    ///   - caption: the sentence.
    ///   - seed: decides the wording.
    static func of(_ caption: String, seed: UInt64) -> String? {
        let words = CaptionTokenizer().words(of: caption)
        let mentions = AttributePhrases.mentions(in: words)
        guard !mentions.isEmpty else { return nil }
        var description = FaceDescription()
        for mention in mentions { description[mention.attribute] = mention.value }
        let grammar = CaptionGrammar(seed: seed)
        var best: (count: Int, text: String)?
        for number in 0..<200 {
            let other = grammar.caption(of: description, face: 0, number: number)
            // Reading it again tells whether it says nothing else; the sex alone may have been left open.
            let said = Set(AttributePhrases.mentions(in: CaptionTokenizer().words(of: other.text)))
            guard CaptionTokenizer().words(of: other.text) != words, said.isSubset(of: mentions) else { continue }
            if said.count > best?.count ?? 0 { best = (said.count, other.text) }
            if said.count == Set(mentions).count { return other.text }
        }
        return best?.text
    }
}
