import Testing

@testable import Jobs

@Suite("Fair scheduling") struct FairSchedulerTests {
    typealias Candidate = FairScheduler.Candidate

    /// Batches of three tenants, of which the third may have up to `room` more jobs running.
    private static func candidates(_ random: inout SplitMix) -> [Candidate] {
        let room = Int.random(in: 0...10, using: &random)
        return (0..<Int.random(in: 1...10, using: &random)).map { number in
            let tenant = Int32.random(in: 1...3, using: &random)
            return Candidate(
                batch: BatchID(Int64(number)), tenant: TenantID(tenant), tenantWeight: Int(tenant),
                tenantRoom: tenant == 3 ? room : nil, weight: Int.random(in: 1...4, using: &random),
                priority: Int.random(in: -2...2, using: &random),
                age: .seconds(Int.random(in: 0...30, using: &random)), ready: Int.random(in: 0...20, using: &random))
        }
    }

    @Test func promisesHoldForAnyCandidates() {
        var random = SplitMix(seed: 11)
        for _ in 0..<2_000 {
            var scheduler = FairScheduler()
            let candidates = Self.candidates(&random)
            let room = Int.random(in: 0...60, using: &random)
            let shares = scheduler.share(room, among: candidates, at: .zero)
            let given = Dictionary(uniqueKeysWithValues: shares.map { ($0.batch, $0.count) })
            #expect(shares.allSatisfy { $0.count > 0 })
            #expect(candidates.allSatisfy { given[$0.batch] ?? 0 <= $0.ready })
            let byTenant = Dictionary(grouping: candidates, by: \.tenant)
            var available = 0
            for own in byTenant.values {
                let (ready, limit) = (own.reduce(0) { $0 + $1.ready }, own[0].tenantRoom ?? Int.max)
                available += min(ready, limit)
                #expect(own.reduce(0) { $0 + (given[$1.batch] ?? 0) } <= limit)
            }
            #expect(shares.reduce(0) { $0 + $1.count } == min(room, available))
            Self.checkOrder(candidates, given)
        }
    }

    /// A batch gets something only where nobody of a higher priority could have taken it.
    private static func checkOrder(_ candidates: [Candidate], _ given: [BatchID: Int]) {
        func level(_ candidate: Candidate) -> Int {
            candidate.priority + Int(candidate.age / FairScheduler.ageingStep)
        }
        for higher in candidates where given[higher.batch] ?? 0 < higher.ready {
            let own = candidates.filter { $0.tenant == higher.tenant }.reduce(0) { $0 + (given[$1.batch] ?? 0) }
            let isFull = higher.tenantRoom.map { own >= $0 } ?? false
            for lower in candidates where level(lower) < level(higher) {
                // Where the tenant is full, its own batches of lower priority got nothing before.
                guard !isFull || lower.tenant == higher.tenant else { continue }
                #expect(given[lower.batch] == nil, "\(lower) went before \(higher)")
            }
        }
    }

    @Test func sharesFollowTheWeightsOfTenantsAndOfTheirBatches() {
        var scheduler = FairScheduler()
        let candidates = [
            Candidate(batch: BatchID(1), tenant: TenantID(1), tenantWeight: 3, weight: 1, ready: 100_000),
            Candidate(batch: BatchID(2), tenant: TenantID(1), tenantWeight: 3, weight: 2, ready: 100_000),
            Candidate(batch: BatchID(3), tenant: TenantID(2), tenantWeight: 1, weight: 50, ready: 100_000),
        ]
        var got: [BatchID: Int] = [:]
        var random = SplitMix(seed: 12)
        var total = 0
        while total < 12_000 {
            let room = min(Int.random(in: 1...7, using: &random), 12_000 - total)
            total += room
            for (batch, count) in scheduler.share(room, among: candidates, at: .zero) {
                got[batch, default: 0] += count
            }
        }
        #expect(got == [BatchID(1): 3_000, BatchID(2): 6_000, BatchID(3): 3_000])
    }

    @Test func aLowPriorityRisesAboveTheHighestWithinTheBound() {
        var scheduler = FairScheduler()
        var served: Int?
        for second in 0..<2_000 {
            let age = Duration.seconds(second)
            let shares = scheduler.share(
                1,
                among: [
                    Candidate(batch: BatchID(1), priority: -100, age: age, ready: 1),
                    Candidate(batch: BatchID(2), priority: 100, age: age, ready: 1),
                ], at: age)
            if shares[0].batch == BatchID(1) {
                served = second
                break
            }
        }
        let bound = FairScheduler.ageingStep * FairScheduler.maximumRise / .seconds(1)
        #expect((1_200...Int(bound)).contains(served ?? 0))
    }

    @Test func whoWasServedBeginsAgain() {
        var scheduler = FairScheduler()
        let candidate = Candidate(batch: BatchID(1), priority: 3, age: .seconds(100_000), ready: 5)
        #expect(scheduler.level(of: candidate, at: .seconds(100_000)) == 3 + FairScheduler.maximumRise)
        _ = scheduler.share(1, among: [candidate], at: .seconds(100_000))
        #expect(scheduler.level(of: candidate, at: .seconds(100_005)) == 3)
        #expect(scheduler.level(of: candidate, at: .seconds(100_012)) == 5)
    }

    /// Small batches that keep coming would always be behind the last turn, and before the next one of the large batch.
    @Test func aStreamOfSmallBatchesDoesNotStarveALargeOne() {
        var scheduler = FairScheduler()
        var last = 0
        for second in 0..<300 {
            let now = Duration.seconds(second)
            let candidates = [
                Candidate(batch: BatchID(1), age: now, ready: 1_000),
                Candidate(batch: BatchID(Int64(second) + 2), ready: 1),
            ]
            if scheduler.share(1, among: candidates, at: now).contains(where: { $0.batch == BatchID(1) }) {
                last = second
            }
            #expect(second - last <= 7, "the large batch has waited since \(last)")
        }
        #expect(last > 290)
    }

    @Test func aFullTenantLeavesTheRoomToOthers() {
        var scheduler = FairScheduler()
        let shares = scheduler.share(
            10,
            among: [
                Candidate(batch: BatchID(1), tenant: TenantID(1), tenantRoom: 3, priority: 5, ready: 2),
                Candidate(batch: BatchID(2), tenant: TenantID(1), tenantRoom: 3, priority: 1, ready: 9),
                Candidate(batch: BatchID(3), tenant: TenantID(2), priority: 0, ready: 9),
            ], at: .zero)
        #expect(shares.map(\.batch) == [BatchID(1), BatchID(2), BatchID(3)])
        #expect(shares.map(\.count) == [2, 1, 7])
    }
}
