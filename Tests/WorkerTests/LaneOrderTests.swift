import Jobs
import Testing
import WorkerRuntime

@Suite("Order of lanes") struct LaneOrderTests {
    private static func lane(_ id: Int64, _ model: String, _ band: Band, _ kind: JobKind = .generate) -> Lane {
        Lane(id: LaneID(id), pool: "default", kind: kind.rawValue, modelDigest: model, band: band)
    }

    private static let bulk = lane(1, "a", .bulk)
    private static let interactive = lane(2, "a", .interactive)

    @Test func interactiveLanesComeFirstThreeTimesOfFour() {
        var order = LaneOrder()
        let first = (0..<12).map { _ in
            let lane = order.next([Self.bulk, Self.interactive])[0]
            order.claimed(from: lane)
            return lane.band
        }
        let round: [Band] = [.interactive, .interactive, .interactive, .bulk]
        #expect(first == round + round + round)
    }

    @Test func everyLaneIsLookedAt() {
        var order = LaneOrder()
        let lanes = [Self.bulk, Self.interactive, Self.lane(3, "b", .bulk), Self.lane(4, "b", .interactive)]
        for _ in 0..<100 {
            let next = order.next(lanes)
            #expect(Set(next) == Set(lanes) && next.count == lanes.count)
            order.claimed(from: next[0])
        }
        #expect(order.next([]).isEmpty)
    }

    @Test func nothingIsWarmAtFirst() {
        var order = LaneOrder()
        let lanes = [Self.lane(1, "b", .bulk), Self.lane(2, "a", .bulk), Self.lane(3, "c", .bulk)]
        #expect(order.next(lanes) == lanes)
        #expect(order.next(lanes) == lanes, "a claim in vain changes nothing")
    }

    /// After the claim that warms a model it wins so many more, then the others have their turn.
    @Test func coldLanesHaveTheirTurn() {
        var order = LaneOrder()
        let (warm, cold) = (Self.lane(1, "a", .bulk), Self.lane(2, "b", .bulk))
        order.claimed(from: warm)
        for _ in 0..<LaneOrder.lookahead {
            #expect(order.next([cold, warm])[0] == warm)
            order.claimed(from: warm)
        }
        #expect(order.next([warm, cold])[0] == cold)
        // While nothing waits there, the warm model goes on, and the cold one stays first.
        order.claimed(from: warm)
        #expect(order.next([warm, cold]) == [cold, warm])
        order.claimed(from: cold)
        #expect(order.next([warm, cold])[0] == cold, "now the other is warm")
    }

    @Test func longAndShortJobsTakeTurns() {
        var order = LaneOrder()
        let (long, short) = (Self.lane(1, "a", .bulk, .optimize), Self.lane(2, "a", .bulk))
        #expect(order.next([long, short])[0] == long)
        order.claimed(from: long)
        #expect(order.next([long, short])[0] == short)
        var longs = 0
        for _ in 0..<(LaneOrder.lookahead + 1) * 4 {
            let lane = order.next([short, long])[0]
            order.claimed(from: lane)
            if lane == long { longs += 1 }
        }
        #expect(longs == 4)
    }

    @Test func theBandCountsForMoreThanTheModel() {
        var order = LaneOrder()
        order.claimed(from: Self.bulk)
        let cold = Self.lane(4, "b", .interactive)
        #expect(order.next([Self.bulk, cold]) == [cold, Self.bulk])
    }
}
