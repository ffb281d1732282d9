/// Divides room among those who want some, so that a large wish cannot keep a small one waiting.
enum FairShare {
    /// What each gets: equal parts, where nobody gets more than it wants and the rest is divided again.
    /// - Parameters:
    ///   - room: What there is to give.
    ///   - wishes: What each would take, in order of precedence for what cannot be divided evenly.
    static func divide(_ room: Int, among wishes: [Int]) -> [Int] {
        var shares = [Int](repeating: 0, count: wishes.count)
        var left = max(0, room)
        var hungry = wishes.indices.filter { wishes[$0] > 0 }
        while left > 0, !hungry.isEmpty {
            let part = max(1, left / hungry.count)
            for index in hungry where left > 0 {
                let more = min(part, wishes[index] - shares[index], left)
                shares[index] += more
                left -= more
            }
            hungry.removeAll { shares[$0] == wishes[$0] }
        }
        return shares
    }
}
