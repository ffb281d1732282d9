import Augmentation
import FaceData
import Testing

@Suite("Recipes")
struct RecipeTests {
    private static let whole = """
        version: 1
        name: balanced
        seed: 7
        tries: 3
        gates: {identity: 0.4}
        policies:
          - kind: paraphrase
            variants: 2
          - kind: edit
            balance: {Smiling: 0.5, Eyeglasses: 0.25}
            strength: 1.2
            gates: {drift: 0.3}
          - kind: style
            layers: [6, 7, 8, 9]
          - kind: resynthesis
            from: labels
        output: {shard_size: 10}
        """

    private func recipe(_ text: String) throws(RecipeError) -> Recipe {
        try RecipeReader.recipe(Array(text.utf8), file: "r.yaml")
    }

    @Test("A whole recipe")
    func wholeRecipe() throws {
        let recipe = try recipe(Self.whole)
        // Those with label maps first, those without scores last.
        #expect(recipe.policies.map(\.name) == ["resynthesis", "edit", "style", "paraphrase"])
        #expect(recipe.policies[1].gates == Recipe.Gates(identity: 0.4, drift: 0.3))
        #expect(recipe.policies[2].gates == Recipe.Gates(identity: 0.4))
        #expect(recipe.policies[3].gates.isEmpty)
        #expect(recipe.policies[3].variants == 2)
        #expect(recipe.output.shardSize == 10)
        guard case .edit(let edit) = recipe.policies[1].work else { return #expect(Bool(false)) }
        #expect(edit.balance.map(\.attribute) == [.smiling, .eyeglasses])
        #expect(edit.balance.map(\.line) == [10, 10])
        #expect(edit.strength == 1.2)
    }

    @Test("Layout and comments make no other recipe; a number does")
    func digest() throws {
        let one = try recipe(Self.whole)
        #expect(try recipe("# a comment\n" + Self.whole).digest == one.digest)
        #expect(try recipe(Self.whole.replacing("seed: 7", with: "seed: 8")).digest != one.digest)
    }

    @Test(
        "Mistakes are told with their lines and what may have been meant",
        arguments: [
            ("version: 1\nsede: 7\npolicies: [{kind: paraphrase}]", 2, "did you mean “seed”?"),
            ("version: 1\npolicies:\n  - kind: edit\n    balance: {Smilling: 0.5}", 4, "did you mean “Smiling”?"),
            ("version: 1\npolicies:\n  - kind: edt", 3, "did you mean “edit”?"),
            ("version: 1\npolicies:\n  - kind: style\n    layers: [6]\n    steps: 3", 5, "nothing named “steps”"),
            ("version: 1\npolicies:\n  - kind: style\n    layers: [6, 64]", 4, "from 0 to 63"),
            ("version: 1\npolicies:\n  - kind: edit\n    balance: {Smiling: 1.5}", 4, "from 0 to 1"),
            ("version: 1\npolicies:\n  - kind: edit", 3, "either “balance”"),
            ("version: 1\npolicies:\n  - kind: edit\n    edits: [{Blond_Hair: false}]", 4, "no words"),
            ("version: 1\npolicies:\n  - &a\n    kind: paraphrase\n  - *a", 3, "anchors"),
            ("version: 1\npolicies:\n  - kind: paraphrase\n  - *a", 4, "aliases"),
            ("version: 1\nversion: 1", 2, "on line 1"),
            ("version: !!int 1", 1, "tags"),
            ("version: 1\npolicies: []", 2, "must be a list"),
            ("version: 2\npolicies: [{kind: paraphrase}]", 1, "from 1 to 1"),
            ("policies: [{kind: paraphrase}]", 1, "version: 1"),
            ("version: 1\npolicies: [{kind: paraphrase}]\n---\na: b", 3, "second document"),
            ("version: 1\npolicies: [{kind: paraphrase}, {kind: paraphrase}]", 2, "named “paraphrase” already"),
            ("version: 1\npolicies: [{kind: paraphrase, name: A.b}]", 2, "lower-case"),
            ("version: 1\nseed: -1\npolicies: [{kind: paraphrase}]", 2, "whole number"),
            ("version: 1\noutput: {images: yes}\npolicies: [{kind: paraphrase}]", 2, "true or false"),
            ("version: 1\noutput: {images: false, shards: false}\npolicies: [{kind: paraphrase}]", 2, "must keep"),
            ("a: [b", 2, ""), ("", 1, "empty"), ("- a", 1, "a list"), ("a: \u{1}", 1, ""),
        ] as [(String, Int, String)])
    func mistakes(text: String, line: Int, words: String) {
        do throws(RecipeError) {
            _ = try recipe(text)
            Issue.record("it was read: \(text)")
        } catch {
            #expect(error.line == line, "\(error)")
            #expect(words.isEmpty || error.message.contains(words), "\(error)")
        }
    }

    @Test("A document that is too deep or too large is refused at once")
    func bombs() {
        #expect(throws: RecipeError.self) { try recipe(String(repeating: "[", count: 5_000)) }
        #expect(throws: RecipeError.self) { try recipe("a: [" + String(repeating: "1,", count: 30_000) + "1]") }
        #expect(throws: RecipeError.self) { try recipe(String(repeating: "#", count: 300 << 10)) }
    }
}
