package import Jobs

/// In which order a worker looks at its lanes; a pure policy, asked before each claim and told what came of it.
///
/// Interactive lanes come first three times out of four, so that neither band starves. Within a band the lanes of the
/// model that is warm come first, for loading another costs seconds; but after ``lookahead`` claims in a row that passed
/// over a cold lane, the cold ones have their turn. Long jobs and short ones take turns as well: after a claim of long
/// ones the short ones come first, and after ``lookahead`` claims of short ones the long ones.
package struct LaneOrder: Sendable {
    /// Claims in a row that a warm model may win.
    package static let lookahead = 32
    /// Of so many claims, one looks at the bulk lanes first.
    package static let bulkTurn = 4

    private var claims = 0
    private var warmModel: String?
    private var warmWins = 0
    private var wasLong = false
    private var shortWins = 0

    package init() {}

    /// The lanes in the order in which to look at them.
    package mutating func next(_ lanes: [Lane]) -> [Lane] {
        claims += 1
        let bandFirst: Band = claims.isMultiple(of: Self.bulkTurn) ? .bulk : .interactive
        let isColdTurn = warmWins >= Self.lookahead
        func rank(_ lane: Lane) -> Int {
            let isWarm = lane.modelDigest == warmModel
            return (lane.band == bandFirst ? 0 : 2) + (isWarm == !isColdTurn || warmModel == nil ? 0 : 1)
        }
        let isLongTurn = shortWins >= Self.lookahead
        func patience(_ lane: Lane) -> Int { lane.isLong ? (wasLong ? 1 : isLongTurn ? -1 : 0) : 0 }
        // Stable, so that lanes of one rank keep the order of the models.
        return lanes.enumerated()
            .sorted { left, right in
                (rank(left.element), patience(left.element), left.offset)
                    < (rank(right.element), patience(right.element), right.offset)
            }
            .map(\.element)
    }

    /// Notes which lane a claim came from.
    package mutating func claimed(from lane: Lane) {
        warmWins = lane.modelDigest == warmModel ? warmWins + 1 : 0
        warmModel = lane.modelDigest
        wasLong = lane.isLong
        shortWins = wasLong ? 0 : shortWins + 1
    }
}
