/// Divides room among those who want some, in proportion to their weights over time, however little room there is at once.
///
/// Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995) with jobs of equal cost. The round goes on where the room
/// ran out the last time, so that with room for one, and a thousand who want it, each still gets its turn.
public struct DeficitRoundRobin<Key: Hashable & Comparable & Sendable>: Sendable {
    /// Somebody who wants room.
    public struct Claimant: Sendable {
        /// Who it is.
        public var key: Key
        /// What it gets of each round, at least 1.
        public var weight: Int
        /// What it would take.
        public var wish: Int

        /// Describes a claimant.
        public init(_ key: Key, weight: Int, wish: Int) {
            self.key = key
            self.weight = max(1, weight)
            self.wish = max(0, wish)
        }
    }

    /// Whose turn it is, or was last, and what is left of that turn.
    private var current: Key?
    private var credit = 0

    /// Begins before the first round.
    public init() {}

    /// What each gets; those who get nothing are missing.
    public mutating func divide(_ room: Int, among claimants: [Claimant]) -> [Key: Int] {
        var ring = claimants.filter { $0.wish > 0 }.sorted { $0.key < $1.key }
        var shares: [Key: Int] = [:]
        var left = room
        var index = start(in: ring)
        while left > 0, !ring.isEmpty {
            if index >= ring.count { index = 0 }
            if current != ring[index].key || credit == 0 { (current, credit) = (ring[index].key, ring[index].weight) }
            let taken = min(credit, ring[index].wish, left)
            shares[ring[index].key, default: 0] += taken
            ring[index].wish -= taken
            left -= taken
            credit -= taken
            if ring[index].wish == 0 {
                credit = 0
                ring.remove(at: index)
            } else if credit == 0 {
                index += 1
            }
        }
        return shares
    }

    /// Where to go on: with the present turn if something is left of it, else behind it.
    private func start(in ring: [Claimant]) -> Int {
        guard let current else { return 0 }
        return ring.firstIndex { credit > 0 ? $0.key >= current : $0.key > current } ?? 0
    }
}
