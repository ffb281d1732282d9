/// Puts facts into one sentence after one of several templates.
struct CaptionSentence {
    let isMale: Bool
    let namesSex: Bool
    let facts: [CaptionFact]

    /// The words of the templates themselves, for the vocabulary.
    static let frame = [
        "he she this man woman person the a who is has with wears wearing and or looks hair"
    ]

    /// The sentence, with a capital and a full stop.
    mutating func text(using random: inout CounterRandom) -> String {
        let draw = random.uniform()
        let body =
            if draw < 0.45 {
                clauses(using: &random)
            } else if draw < 0.8 {
                portrait(using: &random)
            } else {
                inverted(using: &random)
            }
        return body.prefix(1).uppercased() + body.dropFirst() + "."
    }

    // MARK: Templates

    /// "She is young, has long hair and wears a hat".
    private func clauses(using random: inout CounterRandom) -> String {
        var parts: [String] = []
        let states = texts(.adjective) + texts(.predicate)
        if !states.isEmpty {
            let looks = facts.allSatisfy {
                $0.form.place != .predicate && ![.bald, .smiling, .chubby].contains($0.mention?.attribute)
            }
            parts.append((looks && random.uniform() < 0.25 ? "looks " : "is ") + list(states))
        }
        let nouns = things(using: &random)
        if !nouns.isEmpty { parts.append("has " + list(nouns)) }
        let worn = list(of: .worn, using: &random)
        if !worn.isEmpty { parts.append((random.uniform() < 0.6 ? "wears " : "is wearing ") + list(worn)) }
        if parts.count > 1, random.uniform() < 0.5 { parts.shuffle(using: &random) }
        if parts.isEmpty {
            let noun = namesSex ? (isMale ? "man" : "woman") : "person"
            return (["this is a \(noun)"] + trailing).joined(separator: " ")
        }
        return ([subject(using: &random), list(parts)] + trailing).joined(separator: " ")
    }

    /// "A young smiling man with a beard and glasses, wearing a hat".
    private func portrait(using random: inout CounterRandom) -> String {
        let noun = nounOfSubject(using: &random)
        var words = [random.uniform() < 0.6 ? "a" : "the"] + texts(.adjective) + [noun]
        if words[0] == "a", let next = words.dropFirst().first, "aeiou".contains(next.prefix(1)) { words[0] = "the" }
        let nouns = things(using: &random)
        if !nouns.isEmpty { words.append("with " + list(nouns)) }
        let worn = list(of: .worn, using: &random)
        if !worn.isEmpty { words.append("wearing " + list(worn)) }
        words += trailing
        let predicates = texts(.predicate)
        if !predicates.isEmpty { words.append("who is " + list(predicates)) }
        return words.joined(separator: " ")
    }

    /// "With long hair and bangs, this woman is young and wears a hat".
    private func inverted(using random: inout CounterRandom) -> String {
        let nouns = things(using: &random)
        guard !nouns.isEmpty else { return clauses(using: &random) }
        var parts: [String] = []
        let states = texts(.adjective) + texts(.predicate)
        if !states.isEmpty { parts.append("is " + list(states)) }
        let worn = list(of: .worn, using: &random)
        if !worn.isEmpty { parts.append("wears " + list(worn)) }
        guard !parts.isEmpty else { return clauses(using: &random) }
        let sentence = ["with " + list(nouns) + ",", subject(using: &random), list(parts)] + trailing
        return sentence.joined(separator: " ")
    }

    // MARK: Parts

    private func subject(using random: inout CounterRandom) -> String {
        let choices =
            if !namesSex {
                ["this person", "the person"]
            } else if isMale {
                ["he", "he", "this man", "the man"]
            } else {
                ["she", "she", "this woman", "the woman"]
            }
        return choices[Int(random.uniform() * Double(choices.count))]
    }

    private func nounOfSubject(using random: inout CounterRandom) -> String {
        guard namesSex else { return "person" }
        if random.uniform() < 0.2 { return isMale ? "male person" : "female person" }
        return isMale ? "man" : "woman"
    }

    private func texts(_ place: CaptionForm.Place) -> [String] {
        facts.filter { $0.form.place == place }.map(\.form.text)
    }

    /// What follows "has": the hair in one phrase, then the rest.
    private func things(using random: inout CounterRandom) -> [String] {
        let words = facts.filter { $0.form.place == .hair }
        let order: [FaceAttribute?] = [.longHair, .wavyHair]
        let sorted = words.sorted { left, right in
            (order.firstIndex(of: left.mention?.attribute) ?? 2) < (order.firstIndex(of: right.mention?.attribute) ?? 2)
        }
        let hair = sorted.isEmpty ? [] : [(sorted.map(\.form.text) + ["hair"]).joined(separator: " ")]
        return hair + list(of: .noun, using: &random)
    }

    /// What is there first, then what is not.
    ///
    /// The other way round a denial could be read on: "no hat and earrings" leaves open whether there are earrings.
    /// Half of the time several denials share one "no": "no beard, mustache or bangs".
    private func list(of place: CaptionForm.Place, using random: inout CounterRandom) -> [String] {
        let here = facts.filter { $0.form.place == place }
        // "No hair" says that somebody is bald: it has no list of denials to join.
        let isDenial = { (fact: CaptionFact) in fact.mention?.value == false && fact.form.text.hasPrefix("no ") }
        let denials = here.filter(isDenial).map(\.form.text)
        let rest = here.filter { !isDenial($0) }.map(\.form.text)
        guard denials.count > 1, random.uniform() < 0.5 else { return rest + denials }
        return rest + ["no " + list(denials.map { String($0.dropFirst(3)) }, before: "or")]
    }

    /// "without a hat or earrings".
    private var trailing: [String] {
        let things = texts(.trailing).map { String($0.dropFirst("without ".count)) }
        return things.isEmpty ? [] : ["without " + list(things, before: "or")]
    }

    /// "a, b and c".
    private func list(_ items: [String], before word: String = "and") -> String {
        guard items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " \(word) " + items[items.count - 1]
    }
}
