import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Cron entries") struct CronTests {
    /// Two zones are enough for a store: it knows none by itself.
    static let zones: ZoneLookup = { name in
        switch name {
        case "UTC": { _ in 0 }
        case "Plus2": { _ in 7_200 }
        default: nil
        }
    }
    static let anything: CronCheck = { _, _ in [] }
    /// A midnight UTC, long after every test.
    static let midnight = 40_000 * 86_400

    static func moment(_ offset: Int) -> PostgresTimestamp { PostgresTimestamp(unixSeconds: midnight + offset) }

    static func specification(
        _ name: String = "nightly", _ expression: String = "@daily", zone: String = "UTC",
        missed: MissedFirings = .skip, isSeedFixed: Bool = false, model: String = "demo", seed: UInt64 = 7
    ) throws -> CronSpecification {
        try CronSpecification(
            name: name, expression: try CronExpression(expression), zone: zone, missed: missed,
            isSeedFixed: isSeedFixed,
            batch: try BatchSpecification(
                name: "b-\(name)", model: model, samples: 2, seed: seed, schedule: BatchSchedule(priority: -3)),
            items: [
                try CaptionItem(caption: "a \"woman\"\n\t", customID: "é/1"), try CaptionItem(caption: "b", seed: 9),
                try CaptionItem(caption: "c"),
            ])
    }

    /// Adds an entry whose next time is ``midnight``.
    static func add(_ specification: CronSpecification, to store: JobStore) async throws -> DueCron {
        let entry = try await store.putCron(
            specification, zone: try #require(zones(specification.zone)), at: moment(-10)
        ).entry
        return DueCron(name: entry.name, dueAt: try #require(entry.nextAt))
    }

    private func fire(
        _ due: DueCron, in fixture: StoreFixture, at offset: Int, zones: ZoneLookup = zones,
        check: CronCheck = anything
    ) async throws -> CronFiring {
        try await fixture.store.fireCron(
            due, term: fixture.term, zones: zones, check: check, at: Self.moment(offset))
    }

    // MARK: Entries

    @Test func keepsEveryPart() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let specification = try Self.specification(zone: "Plus2", missed: .once, isSeedFixed: true)
            let put = try await store.putCron(
                specification, zone: try #require(Self.zones("Plus2")), at: Self.moment(0))
            #expect(put.isNew)
            let entry = try await store.cron("nightly")
            #expect(entry == put.entry)
            #expect(entry.expression == specification.expression)
            #expect(entry.items == specification.items)
            #expect(entry.lines == 3)
            #expect(entry.batch == specification.batch)
            #expect((entry.zone, entry.missed) == ("Plus2", .once))
            #expect(entry.isSeedFixed && !entry.isPaused)
            // Midnight two hours east of Greenwich.
            #expect(entry.nextAt == Self.moment(22 * 3_600))
            #expect(entry.lastFiredAt == nil && entry.lastBatch == nil && entry.lastError == nil)

            _ = try await store.putCron(try Self.specification("a-first"), zone: { _ in 0 })
            let list = try await store.cronEntries()
            #expect(list.map(\.name) == ["a-first", "nightly"])
            #expect(list.allSatisfy { $0.items == nil && $0.lines == 3 })
            #expect(await reason { _ = try await store.cron("none") } == .notFound)
            #expect(await reason { _ = try await store.removeCron("none") } == .notFound)
            #expect(try await store.removeCron("nightly").name == "nightly")
            #expect(try await store.cronEntries().count == 1)
        }
    }

    @Test func replacingKeepsThePauseAndForgetsTheError() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let due = try await Self.add(try Self.specification(model: "none"), to: store)
            _ = try await fire(due, in: fixture, at: 0)
            #expect(try await store.cron("nightly").lastError != nil)
            let paused = try await store.pauseCron("nightly")
            #expect(paused.isPaused && paused.nextAt == nil)
            #expect(try await store.pauseCron("nightly") == paused)
            let put = try await store.putCron(try Self.specification(seed: 40), zone: { _ in 0 })
            #expect(!put.isNew)
            #expect(put.entry.isPaused && put.entry.nextAt == nil && put.entry.lastError == nil)
            #expect(put.entry.batch.seed == 40)
            #expect(put.entry.createdAt == paused.createdAt)
            #expect(try await store.cronAgenda(limit: 9, at: Self.moment(864_000)).due.isEmpty)
            let resumed = try await store.resumeCron("nightly", zones: Self.zones, at: Self.moment(1))
            #expect(!resumed.isPaused && resumed.nextAt == Self.moment(86_400))
            #expect(try await store.resumeCron("nightly", zones: Self.zones) == resumed)
            _ = try await store.pauseCron("nightly")
            #expect(await reason { _ = try await store.resumeCron("nightly", zones: { _ in nil }) } == .invalidValue)
        }
    }

    @Test func entriesHaveALimit() async throws {
        try await StoreFixture.with { fixture in
            _ = try await Self.add(try Self.specification("first"), to: fixture.store)
            try await fixture.pool.execute(
                """
                INSERT INTO cron (name, expression, zone, missed, batch_name, model, samples, seed, priority, kind,
                    band, weight, fixed_seed, lines, items)
                SELECT 'e' || n, expression, zone, missed, batch_name, model, samples, seed, priority, kind, band,
                    weight, fixed_seed, lines, items FROM cron, generate_series(2, 1000) AS n
                """)
            let more = await reason { _ = try await Self.add(try Self.specification("more"), to: fixture.store) }
            #expect(more == .tooManyCronEntries)
            _ = try await Self.add(try Self.specification("first"), to: fixture.store)
        }
    }

    // MARK: Firing

    @Test func makesASealedBatchAndGoesOn() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let due = try await Self.add(try Self.specification(), to: store)
            #expect(due.dueAt == Self.moment(0))
            let early = try await store.cronAgenda(limit: 9, at: Self.moment(-4))
            #expect(early == CronAgenda(due: [], wait: .seconds(4)))
            #expect(try await fire(due, in: fixture, at: -1) == .gone)
            #expect(try await store.cronAgenda(limit: 9, at: Self.moment(0)) == CronAgenda(due: [due], wait: nil))

            guard case .fired(let batch) = try await fire(due, in: fixture, at: 2) else {
                Issue.record("it did not fire")
                return
            }
            #expect(batch.state == .sealed)
            #expect(batch.specification == (try Self.specification()).batch)
            #expect(batch.modelDigest == StoreFixture.digest)
            #expect(batch.counts == BatchCounts(queued: 6))
            let jobs = try await store.jobs(of: batch.id, limit: 9).elements
            let requests = try jobs.map { try JobRequest(decoding: $0.payload) }
            #expect(requests.map(\.caption) == ["a \"woman\"\n\t", "a \"woman\"\n\t", "b", "b", "c", "c"])
            #expect(requests.map(\.seed) == [7, 7, 9, 9, 9, 9])
            #expect(jobs.map(\.customID) == ["é/1", "é/1", nil, nil, nil, nil])
            #expect(try await store.readyLanes() == [batch.lane])

            let entry = try await store.cron("nightly")
            #expect(entry.nextAt == Self.moment(86_400))
            #expect(entry.lastFiredAt == Self.moment(2))
            #expect(entry.lastBatch == batch.id)
            #expect(entry.batch.seed == 7 + 6)
            // The same time never fires again, nor does one that is not the entry's.
            #expect(try await fire(due, in: fixture, at: 3) == .gone)
            #expect(try await fire(DueCron(name: "none", dueAt: due.dueAt), in: fixture, at: 3) == .gone)
            #expect(try await store.batches(limit: 9).elements.count == 1)
            try await fixture.audit()
        }
    }

    @Test func seedsGoOnUnlessTheyAreFixed() async throws {
        try await StoreFixture.with { fixture in
            let last = UInt64(Int64.max)
            _ = try await Self.add(try Self.specification("moving", seed: last - 1), to: fixture.store)
            _ = try await Self.add(
                try Self.specification("fixed", isSeedFixed: true, seed: last - 1), to: fixture.store)
            for day in 0..<3 {
                let agenda = try await fixture.store.cronAgenda(limit: 9, at: Self.moment(day * 86_400))
                #expect(Set(agenda.due.map(\.name)) == ["moving", "fixed"])
                for due in agenda.due { _ = try await fire(due, in: fixture, at: day * 86_400) }
            }
            let batches = try await fixture.store.batches(limit: 9).elements.map(\.specification)
            #expect(batches.filter { $0.name == "b-fixed" }.map(\.seed) == [last - 1, last - 1, last - 1])
            // Modulo 2^63, as the seeds of lines are.
            #expect(batches.filter { $0.name == "b-moving" }.map(\.seed) == [10, 4, last - 1])
        }
    }

    @Test func racingStoresMakeOneBatch() async throws {
        try await StoreFixture.with { fixture in
            let pool = PostgresPool(try PostgresOptions(fixture.pool.options.conninfo), size: 4)
            let stores = [fixture.store, JobStore(pool: pool)]
            var due = try await Self.add(try Self.specification(missed: .once), to: fixture.store)
            for round in 1...5 {
                let now = Self.moment(round * 864_000)
                let firings = try await withThrowingTaskGroup { group in
                    for number in 0..<8 {
                        group.addTask { [due] in
                            try await stores[number % 2].fireCron(
                                due, term: fixture.term, zones: Self.zones, check: Self.anything, at: now)
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(firings.count { $0 == .gone } == 7)
                #expect(try await fixture.store.batches(limit: 99).elements.count == round)
                due = try #require(
                    try await fixture.store.cronAgenda(limit: 1, at: Self.moment((round + 1) * 864_000)).due.first)
            }
            try await fixture.audit()
            await pool.shutdown()
        }
    }

    @Test func aLeaderWhoseTermIsOverFiresNothing() async throws {
        try await StoreFixture.with { fixture in
            let due = try await Self.add(try Self.specification(), to: fixture.store)
            let old = Term(fixture.term.rawValue - 1)
            #expect(
                await reason {
                    _ = try await fixture.store.fireCron(
                        due, term: old, zones: Self.zones, check: Self.anything, at: Self.moment(0))
                } == .staleTerm)
            #expect(
                await reason {
                    try await fixture.store.failCron(due, "x", term: old, zones: Self.zones, at: Self.moment(0))
                } == .staleTerm)
            let entry = try await fixture.store.cron("nightly")
            #expect(entry.nextAt == due.dueAt && entry.lastBatch == nil && entry.lastError == nil)
            #expect(try await fixture.store.batches(limit: 9).elements.isEmpty)
        }
    }

    @Test func missedTimesAreSkippedOrMadeUpForOnce() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let skipping = try await Self.add(try Self.specification("skip"), to: store)
            let catching = try await Self.add(try Self.specification("once", missed: .once), to: store)
            // Three days and an hour later.
            let now = 3 * 86_400 + 3_600
            #expect(try await fire(skipping, in: fixture, at: now) == .skipped)
            let skipped = try await store.cron("skip")
            #expect(skipped.nextAt == Self.moment(4 * 86_400))
            #expect(skipped.lastSkippedAt == Self.moment(now))
            #expect(skipped.lastFiredAt == nil && skipped.batch.seed == 7)
            guard case .fired(let batch) = try await fire(catching, in: fixture, at: now) else {
                Issue.record("it did not fire")
                return
            }
            #expect(try await store.cron("once").nextAt == Self.moment(4 * 86_400))
            #expect(try await store.batches(limit: 9).elements.map(\.id) == [batch.id])
            // Within the minute of grace of the last of several, both fire, once.
            for (name, count) in [("skip", 2), ("once", 3)] {
                let due = DueCron(name: name, dueAt: Self.moment(4 * 86_400))
                guard case .fired = try await fire(due, in: fixture, at: 6 * 86_400 + 60) else {
                    Issue.record("\(name) did not fire")
                    return
                }
                #expect(try await store.batches(limit: 9).elements.count == count)
                #expect(try await store.cron(name).nextAt == Self.moment(7 * 86_400))
            }
        }
    }

    @Test func whatCannotBeMadeIsNotedAndGoesOn() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let unknown = try await Self.add(try Self.specification("unknown", model: "dmeo"), to: store)
            let refused = try await Self.add(try Self.specification("refused"), to: store)
            let lost = try await Self.add(try Self.specification("lost"), to: store)
            guard case .failed(let reason) = try await fire(unknown, in: fixture, at: 0) else {
                Issue.record("it fired")
                return
            }
            #expect(reason.contains("dmeo") && reason.contains("demo"))
            let check: CronCheck = { model, items in
                #expect(model.digest == StoreFixture.digest)
                return items.indices.dropFirst().map {
                    LineError(line: $0 + 1, error: ItemError(.unknownWords, "no known word"))
                }
            }
            #expect(
                try await fire(refused, in: fixture, at: 0, check: check)
                    == .failed("line 2 is refused: no known word; so are 1 more"))
            for name in ["unknown", "refused"] {
                let entry = try await store.cron(name)
                #expect(entry.nextAt == Self.moment(86_400))
                #expect(entry.lastError != nil && entry.lastErrorAt == Self.moment(0))
                #expect(entry.lastBatch == nil && entry.batch.seed == 7)
            }
            guard case .failed = try await fire(lost, in: fixture, at: 0, zones: { _ in nil }) else {
                Issue.record("it fired")
                return
            }
            #expect(try await store.cron("lost").nextAt == nil)
            #expect(try await store.batches(limit: 9).elements.isEmpty)
            // What works again forgets its error.
            let again = DueCron(name: "refused", dueAt: Self.moment(86_400))
            guard case .fired = try await fire(again, in: fixture, at: 86_400) else {
                Issue.record("it did not fire")
                return
            }
            #expect(try await store.cron("refused").lastError == nil)
            // A failure of any other kind is noted by the caller.
            let next = DueCron(name: "refused", dueAt: Self.moment(2 * 86_400))
            let message = "odd\0" + String(repeating: "é", count: 400)
            try await store.failCron(
                next, message, term: fixture.term, zones: Self.zones, at: Self.moment(2 * 86_400))
            let entry = try await store.cron("refused")
            #expect(entry.nextAt == Self.moment(3 * 86_400))
            #expect(entry.lastError?.hasPrefix("oddé") == true && entry.lastError?.hasSuffix("…") == true)
        }
    }

    @Test func firesByHand() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let due = try await Self.add(try Self.specification(), to: store)
            _ = try await store.pauseCron("nightly")
            let created = try await withThrowingTaskGroup { group in
                for _ in 0..<6 {
                    group.addTask {
                        let deadline = ContinuousClock.now + .seconds(30)
                        while true {
                            do {
                                return try await store.fireCronNow("nightly", idempotencyKey: "k", check: Self.anything)
                            } catch {
                                // Another is at it.
                                let isOthers = (error as? StoreError)?.reason == .idempotencyConflict
                                guard isOthers, ContinuousClock.now < deadline else { throw error }
                                await Task.yield()
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(created.map(\.batch.id)).count == 1)
            #expect(created.count { !$0.isReplay } == 1)
            let second = try await store.fireCronNow("nightly", check: Self.anything)
            #expect(second.batch.state == .sealed && second.batch.specification.seed == 13)
            let entry = try await store.cron("nightly")
            #expect(entry.isPaused && entry.nextAt == nil)
            #expect(entry.lastBatch == second.batch.id && entry.lastFiredAt != nil)
            #expect(try await fire(due, in: fixture, at: 0) == .gone)
            let refuse: CronCheck = { _, _ in [LineError(line: 1, error: ItemError(.unknownWords, "no"))] }
            #expect(
                await reason { _ = try await store.fireCronNow("nightly", check: refuse) }
                    == .badItems([LineError(line: 1, error: ItemError(.unknownWords, "no"))]))
            #expect(await reason { _ = try await store.fireCronNow("none", check: Self.anything) } == .notFound)
            _ = try await store.putCron(try Self.specification(model: "none"), zone: { _ in 0 })
            #expect(
                await reason { _ = try await store.fireCronNow("nightly", check: Self.anything) } == .unknownModel)
            #expect(try await store.batches(limit: 9).elements.count == 2)
        }
    }
}
