extension CaptionGrammar {
    /// A sentence that says one thing alone, whether or not it is true of a face: "the person wears a hat".
    /// - Parameters:
    ///   - mention: what it says.
    ///   - face: an index, which keys the wording.
    ///   - number: which of its sentences.
    /// - Returns: nil where the grammar has no words for it: nobody is said to be "not blond".
    public func caption(saying mention: AttributeMention, face: Int, number: Int) -> FaceCaption? {
        var random = CounterRandom(seed: seed, index: face, stream: 0x51A6_0000 + UInt64(number))
        // The sex is the subject of the sentence.
        guard mention.attribute != .male else {
            var sentence = CaptionSentence(isMale: mention.value, namesSex: true, facts: [])
            return FaceCaption(text: sentence.text(using: &random), mentions: [mention])
        }
        let forms = CaptionForms.of(mention.attribute)
        let choices = mention.value ? forms.positive : forms.negative
        guard !choices.isEmpty else { return nil }
        let form = choices[Int(random.uniform() * Double(choices.count))]
        var sentence = CaptionSentence(
            isMale: false, namesSex: false, facts: [CaptionFact(mention: mention, form: form)])
        return FaceCaption(text: sentence.text(using: &random), mentions: [mention])
    }
}
