import Jobs
import Testing

@Suite("Deficit round robin") struct DeficitRoundRobinTests {
    typealias Claimant = DeficitRoundRobin<Int>.Claimant

    private static func claimants(_ random: inout SplitMix, endless: Bool = false) -> [Claimant] {
        (0..<Int.random(in: 1...8, using: &random)).map { key in
            Claimant(
                key, weight: Int.random(in: 1...5, using: &random),
                wish: endless ? 1_000_000 : Int.random(in: 0...20, using: &random))
        }
    }

    @Test func allRoomIsUsedAndNobodyGetsMoreThanAskedFor() {
        var random = SplitMix(seed: 1)
        var robin = DeficitRoundRobin<Int>()
        for _ in 0..<2_000 {
            let claimants = Self.claimants(&random)
            let room = Int.random(in: 0...60, using: &random)
            let shares = robin.divide(room, among: claimants)
            let wishes = Dictionary(uniqueKeysWithValues: claimants.map { ($0.key, $0.wish) })
            #expect(shares.values.reduce(0, +) == min(room, wishes.values.reduce(0, +)))
            #expect(shares.allSatisfy { $0.value > 0 && $0.value <= wishes[$0.key] ?? 0 })
        }
    }

    /// However small the rooms, everybody has had as many whole rounds as there were, and at most one more.
    @Test func sharesFollowTheWeightsOverManySmallRooms() {
        var random = SplitMix(seed: 2)
        for _ in 0..<100 {
            let claimants = Self.claimants(&random, endless: true)
            let round = claimants.reduce(0) { $0 + $1.weight }
            var robin = DeficitRoundRobin<Int>()
            var total = 0
            var got: [Int: Int] = [:]
            for _ in 0..<200 {
                let room = Int.random(in: 1...4, using: &random)
                total += room
                got.merge(robin.divide(room, among: claimants), uniquingKeysWith: +)
                for claimant in claimants {
                    let least = total / round * claimant.weight
                    #expect((least...least + claimant.weight).contains(got[claimant.key] ?? 0))
                }
            }
        }
    }

    @Test func itDoesNotMatterHowRoomIsCutUp() {
        var random = SplitMix(seed: 3)
        for _ in 0..<200 {
            let claimants = Self.claimants(&random, endless: true)
            var (whole, cut) = (DeficitRoundRobin<Int>(), DeficitRoundRobin<Int>())
            var got: [Int: Int] = [:]
            var total = 0
            for _ in 0..<20 {
                let room = Int.random(in: 0...9, using: &random)
                total += room
                got.merge(cut.divide(room, among: claimants), uniquingKeysWith: +)
            }
            #expect(whole.divide(total, among: claimants) == got)
        }
    }

    @Test func theTurnGoesOnWhereTheRoomRanOut() {
        var robin = DeficitRoundRobin<Int>()
        let claimants = [Claimant(1, weight: 2, wish: 9), Claimant(2, weight: 1, wish: 9)]
        let order = (0..<6).map { _ in robin.divide(1, among: claimants).keys.first }
        #expect(order == [1, 1, 2, 1, 1, 2])
    }

    @Test func whoLeavesInTheMiddleOfATurnHoldsNobodyUp() {
        var robin = DeficitRoundRobin<Int>()
        let first = Claimant(1, weight: 5, wish: 9)
        let second = Claimant(2, weight: 1, wish: 9)
        #expect(robin.divide(1, among: [first, second]) == [1: 1])
        #expect(robin.divide(1, among: [second]) == [2: 1])
        #expect(robin.divide(7, among: [first, second]) == [1: 6, 2: 1])
        #expect(robin.divide(3, among: []).isEmpty)
    }
}
