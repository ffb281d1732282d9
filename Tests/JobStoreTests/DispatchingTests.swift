import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Dispatching") struct DispatchingTests {
    @Test func handsEachJobOutOnce() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 25)
            var leases: [Lease] = []
            while true {
                let jobs = try await fixture.dispatch(10, of: batch)
                if jobs.isEmpty { break }
                #expect(jobs.allSatisfy { $0.attempt == 1 && $0.crashes == 0 && $0.batch == batch.id })
                leases += jobs.map(\.lease)
                try await fixture.audit()
            }
            #expect(Set(leases.map(\.job)).count == 25)
            #expect(Set(leases.map(\.epoch)).count == 25)
            #expect(try await fixture.store.batch(batch.id).counts == BatchCounts(running: 25))
            #expect(try await fixture.store.liveLeases(limit: 10) == Array(leases[..<10]))
            #expect(try await fixture.store.liveLeases(after: leases[9].job, limit: 100) == Array(leases[10...]))
        }
    }

    @Test func twoDispatchersNeverTakeTheSameJob() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 400)
            let leases = try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        var mine: [Lease] = []
                        while true {
                            let jobs = try await fixture.dispatch(7, of: batch)
                            if jobs.isEmpty { return mine }
                            mine += jobs.map(\.lease)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(leases.count == 400)
            #expect(Set(leases.map(\.job)).count == 400)
            try await fixture.audit()
        }
    }

    @Test func onlyTheTermThatRunsDispatches() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let batch = try await fixture.batch(lines: 3)
            try await store.releaseLeadership(holder: "test", term: fixture.term)
            #expect(await reason { _ = try await fixture.dispatch(1, of: batch) } == .staleTerm)
            let second = try #require(try await store.acquireLeadership(holder: "other", ttl: .seconds(600)))
            #expect(await reason { _ = try await fixture.dispatch(1, of: batch) } == .staleTerm)
            #expect(await reason { _ = try await store.promoteDue(term: fixture.term) } == .staleTerm)
            let jobs = try await store.dispatch(lane: batch.lane, limit: 3, term: second)
            #expect(jobs.count == 3)
            #expect(await reason { _ = try await store.requeue(jobs.map(\.lease), term: fixture.term) } == .staleTerm)
            #expect(try await store.requeue(jobs.map(\.lease), term: second) == 3)
            try await fixture.audit()
        }
    }

    @Test func urgentBatchesGoFirstAndEqualOnesShare() async throws {
        try await StoreFixture.with { fixture in
            let large = try await fixture.batch("large", lines: 100)
            let small = try await fixture.batch("small", lines: 4)
            let urgent = try await fixture.batch("urgent", lines: 6, priority: 5)
            let jobs = try await fixture.dispatch(20, of: large)
            let counts = Dictionary(grouping: jobs, by: \.batch).mapValues(\.count)
            #expect(counts == [urgent.id: 6, small.id: 4, large.id: 10])
            try await fixture.audit()
        }
    }

    @Test func leadersTakeTurns() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            #expect(try await store.acquireLeadership(holder: "other", ttl: .seconds(1)) == nil)
            #expect(try await store.renewLeadership(holder: "test", term: fixture.term, ttl: .seconds(600)))
            #expect(try await !store.renewLeadership(holder: "other", term: fixture.term, ttl: .seconds(600)))
            #expect(try await store.leader() == LeaderRecord(holder: "test", term: fixture.term, isCurrent: true))
            try await store.releaseLeadership(holder: "test", term: fixture.term)
            #expect(try await store.leader()?.isCurrent == false)
            #expect(try await !store.renewLeadership(holder: "test", term: fixture.term, ttl: .seconds(600)))

            // A leader that stops renewing loses its office when its lease has run out, and not before.
            let second = try #require(try await store.acquireLeadership(holder: "a", ttl: .milliseconds(50)))
            #expect(second.rawValue == fixture.term.rawValue + 1)
            var third: Term?
            let deadline = ContinuousClock.now + .seconds(20)
            while third == nil, ContinuousClock.now < deadline {
                third = try await store.acquireLeadership(holder: "b", ttl: .seconds(600))
            }
            #expect(third?.rawValue == second.rawValue + 1)
            #expect(try await !store.renewLeadership(holder: "a", term: second, ttl: .seconds(600)))
        }
    }

    @Test func aTermCanBePushedBeyondOneThatRedisHasSeen() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let seen = Term(fixture.term.rawValue + 50)
            let ttl = Duration.seconds(600)
            let other = try await store.advanceTerm(fixture.term, beyond: seen, holder: "other", ttl: ttl)
            #expect(other == nil)
            let next = try await store.advanceTerm(fixture.term, beyond: seen, holder: "test", ttl: ttl)
            #expect(next == Term(seen.rawValue + 1))
            #expect(try await !store.renewLeadership(holder: "test", term: fixture.term, ttl: ttl))
            #expect(try await store.renewLeadership(holder: "test", term: #require(next), ttl: ttl))
        }
    }

    @Test func oneOfManyCandidatesIsElected() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.store.releaseLeadership(holder: "test", term: fixture.term)
            let terms = try await withThrowingTaskGroup { group in
                for number in 0..<8 {
                    group.addTask {
                        try await fixture.store.acquireLeadership(holder: "c\(number)", ttl: .seconds(600))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(terms.compactMap(\.self).count == 1)
        }
    }

    @Test func aTakeoverWaitsForADispatchUnderWay() async throws {
        try await StoreFixture.with { fixture in
            try await fixture.pool.withConnection { connection in
                try connection.transaction {
                    try JobStore.assertTerm(connection, fixture.term)
                    let answer = Self.tryTakeover(PostgresConnection(fixture.pool.options))
                    #expect(answer == "55P03", "the takeover had to wait")
                }
            }
        }
    }

    /// SQLSTATE of an impatient takeover, by another session while this thread waits.
    private static func tryTakeover(_ connection: PostgresConnection) -> String {
        let box = Box()
        Task.detached {
            do {
                try await connection.perform { connection in
                    try connection.execute("SET lock_timeout = '100ms'")
                    try connection.query("UPDATE leader SET term = term + 1 WHERE name = 'main'")
                }
                box.finish("")
            } catch {
                box.finish((error as? PostgresError)?.sqlState ?? "\(error)")
            }
        }
        return box.wait()
    }

    @Test func manyBatchesOfOneHideNoneOfAnother() async throws {
        try await StoreFixture.with { fixture in
            let (crowd, other) = (
                try await fixture.tenant("crowd", maximumRunning: 0), try await fixture.tenant("other")
            )
            let model = try await fixture.batch(lines: 1, tenant: crowd, schedule: BatchSchedule())
            // As many as are looked at together, all older than the one that matters.
            _ = try await fixture.pool.query(
                """
                WITH copy AS (
                    INSERT INTO batch (name, model, digest, lane, samples, seed, priority, tenant, state, items, sealed_at)
                    SELECT name, model, digest, lane, samples, seed, priority, tenant, 1, 1, sealed_at
                    FROM batch, generate_series(1, $2) WHERE id = $1 RETURNING id
                )
                INSERT INTO batch_count (id, ready) SELECT id, 1 FROM copy
                """, [.int8(model.id.rawValue), .int8(Int64(JobStore.batchesPerDispatch))])
            let batch = try await fixture.batch(lines: 2, tenant: other, schedule: BatchSchedule())
            #expect(try await fixture.dispatch(10, of: batch).map(\.batch) == [batch.id, batch.id])
        }
    }

    @Test func aTenantsLimitHoldsForThoseWhoClaimAtOnce() async throws {
        try await StoreFixture.with { fixture in
            let tenant = try await fixture.tenant(maximumRunning: 3)
            var lane = LaneID(0)
            for _ in 0..<8 { lane = try await fixture.batch(lines: 5, tenant: tenant, schedule: BatchSchedule()).lane }
            let found = lane
            let claimed = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        try await fixture.store.claim(
                            from: [(found, 5)], by: WorkerName(sanitizing: "w\(number)"), lease: .seconds(60)
                        ).count
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(claimed == 3)
            try await fixture.audit()
        }
    }

    @Test func aLaneThatCannotBeIsEmpty() async throws {
        try await StoreFixture.with { fixture in
            for lane in [Int64.min, -1, 1 << 32, .max] {
                #expect(
                    try await fixture.store.claim(
                        from: [(LaneID(lane), 5)], by: StoreFixture.worker, lease: .seconds(60)
                    ).isEmpty)
                let report = try await fixture.store.renew(
                    [], of: StoreFixture.worker, lease: .seconds(60), urgent: [LaneID(lane)])
                #expect(!report.shouldYield)
            }
        }
    }
}
