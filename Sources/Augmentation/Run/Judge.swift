/// Says whether a sample is good enough.
enum Judge {
    /// Why it is not: one sentence for each gate that keeps it out.
    static func objections(to scores: [String: Double], by gates: Recipe.Gates) -> [String] {
        var reasons: [String] = []
        func atLeast(_ name: String, _ bound: Double?) {
            guard let bound, let score = scores[name], !(score >= bound) else { return }
            reasons.append("\(name) \(text(score)) is below \(text(bound))")
        }
        func atMost(_ name: String, _ bound: Double?) {
            guard let bound, let score = scores[name], !(score <= bound) else { return }
            reasons.append("\(name) \(text(score)) is above \(text(bound))")
        }
        atLeast("similarity", gates.similarity)
        atLeast("identity", gates.identity)
        atMost("drift", gates.drift)
        atMost("artefact", gates.artefact)
        return reasons
    }

    /// Scores as they are kept: to six decimals, so that a few last bits make no other files.
    static func kept(_ scores: [String: Double]) -> [String: Double] {
        scores.mapValues { ($0 * 1e6).rounded() / 1e6 }
    }

    static func text(_ value: Double) -> String {
        let thousandths = Int((abs(value) * 1000).rounded())
        let digits = String(thousandths % 1000)
        let sign = value < 0 && thousandths > 0 ? "-" : ""
        return "\(sign)\(thousandths / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    }
}
