import Augmentation
import Testing

@Suite("Keys of samples")
struct KeyTests {
    private func read(_ one: String, _ other: String) throws(RecipeError) {
        let text = """
            version: 1
            policies:
              - {kind: paraphrase, name: "\(one)"}
              - {kind: paraphrase, name: "\(other)"}
            """
        _ = try RecipeReader.recipe(Array(text.utf8), file: "r.yaml")
    }

    @Test(
        "Policies whose samples could have one key are refused, whichever comes first",
        arguments: [
            ("c", "b-c", "b-c", "c"), ("b-c", "c", "b-c", "c"), ("-c", "c", "-c", "c"), ("2", "1-2", "1-2", "2"),
            ("style-2", "no-style-2", "no-style-2", "style-2"),
        ])
    func keyClash(one: String, other: String, long: String, short: String) {
        do throws(RecipeError) {
            try read(one, other)
            Issue.record("they were read: \(one), \(other)")
        } catch {
            #expect(
                error.description == "r.yaml:4: the policies “\(one)” and “\(other)” could give samples of two images "
                    + "the same key, for “\(long)” ends in “-\(short)”; give one of them another “name”")
        }
    }

    @Test(
        "Names that only look alike are read",
        arguments: [("c", "bc"), ("c", "c-b"), ("b-c", "c-"), ("edit", "edit-2"), ("a-c", "b-c"), ("0", "10")])
    func neighbours(one: String, other: String) throws {
        try read(one, other)
        try read(other, one)
    }

    @Test("Two policies are read if and only if no two images can give their samples one key")
    func injective() {
        // Digits and hyphens alone are the worst that names can be made of.
        let texts = Self.texts(upTo: 4)
        #expect(Set(texts).count == 30)
        let names = texts.filter { $0.count < 4 }
        for (place, one) in names.enumerated() {
            for other in names[..<place] {
                var keys: Set<String> = []
                for (image, policy, variant) in texts.flatMap({ image in
                    [one, other].flatMap { policy in [1, 11].map { (image, policy, $0) } }
                }) { keys.insert(Slot.key(image: image, policy: policy, variant: variant)) }
                let isRead = (try? read(one, other)) != nil
                #expect(isRead == (keys.count == texts.count * 4), "\(one) and \(other)")
            }
        }
    }

    private static func texts(upTo length: Int) -> [String] {
        var texts = ["1", "-"]
        for text in texts where length > 1 { texts += Self.longer(text, length) }
        return texts
    }

    private static func longer(_ text: String, _ length: Int) -> [String] {
        guard text.count < length else { return [] }
        return ["1", "-"].flatMap { [text + $0] + longer(text + $0, length) }
    }
}
