/// Counts of right answers where an attribute is present and where it is absent.
public struct BalancedTally: Sendable {
    private var right: [[Int]]
    private var all: [[Int]]

    /// Empty counts of `count` attributes.
    public init(count: Int) {
        right = [[Int]](repeating: [0, 0], count: count)
        all = right
    }

    /// Adds the judgement of one picture; what is not known of it does not count.
    public mutating func add(seen: [Bool], truth: [Bool?]) {
        for (attribute, (seen, truth)) in zip(seen, truth).enumerated() {
            guard let truth else { continue }
            all[attribute][truth ? 1 : 0] += 1
            if seen == truth { right[attribute][truth ? 1 : 0] += 1 }
        }
    }

    /// Balanced accuracy per attribute; a value that never occurred is left out of its mean.
    public var accuracy: [Double] {
        zip(right, all).map { right, all in
            let rates = zip(right, all).filter { $0.1 > 0 }.map { Double($0.0) / Double($0.1) }
            return rates.isEmpty ? .nan : rates.reduce(0, +) / Double(rates.count)
        }
    }
}
