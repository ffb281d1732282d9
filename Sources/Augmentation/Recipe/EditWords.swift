import FaceData

/// The words that ask for a change of a face.
enum EditWords {
    /// Whether a change can be asked for in words: nobody is said to be "not blond".
    static func exist(for change: Recipe.Change) -> Bool {
        sentence(change, seed: 0, number: 0) != nil
    }

    /// A sentence that asks for all of the changes; its wording follows from the seed.
    static func caption(for changes: [Recipe.Change], seed: UInt64) -> String {
        changes.enumerated().compactMap { number, change in sentence(change, seed: seed, number: number) }
            .joined(separator: ". ")
    }

    private static func sentence(_ change: Recipe.Change, seed: UInt64, number: Int) -> String? {
        let mention = AttributeMention(attribute: change.attribute, value: change.value)
        return CaptionGrammar(seed: seed).caption(saying: mention, face: 0, number: number)?.text
    }
}
