/// How many jobs had ended at which time, and what rates follow.
struct Looks: Sendable {
    private var looks: [(seconds: Double, ended: Int)] = []

    /// Jobs that had ended at the last look.
    var ended: Int { looks.last?.ended ?? 0 }

    /// Notes a look; looks come in the order of time.
    mutating func add(_ ended: Int, at seconds: Double) {
        looks.append((seconds, ended))
    }

    /// Jobs a second from the beginning to the last look; nil without one.
    var wholeRate: Double? {
        guard let last = looks.last, last.seconds > 0 else { return nil }
        return Double(last.ended) / last.seconds
    }

    /// Jobs a second between 90 % and 10 % of `count` remaining; nil where too few looks tell.
    func steadyRate(of count: Int) -> Double? {
        guard let head = looks.first(where: { Double($0.ended) >= 0.1 * Double(count) }),
            let tail = looks.first(where: { Double($0.ended) >= 0.9 * Double(count) }), tail.seconds > head.seconds
        else { return nil }
        return Double(tail.ended - head.ended) / (tail.seconds - head.seconds)
    }
}
