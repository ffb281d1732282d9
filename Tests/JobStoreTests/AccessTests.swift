import Foundation
import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Keys, tenants and their limits") struct AccessTests {
    private static func batch(
        of tenant: TenantID, in store: JobStore, name: String = "batch", lines: Int = 2
    ) async throws -> BatchRecord {
        let specification = try BatchSpecification(name: name, model: "demo")
        let id = try await store.createBatch(specification, tenant: tenant).batch.id
        _ = try await store.append(try StoreFixture.items(lines), to: id, from: 0, of: tenant)
        return try await store.seal(id, of: tenant)
    }

    // MARK: Secrets

    @Test func secretsAreRandomAndReadBack() throws {
        let secrets = (0..<100).map { _ in ApiKeySecret() }
        #expect(Set(secrets.map { $0.reveal() }).count == 100)
        for secret in secrets {
            let text = secret.reveal()
            #expect(text.utf8.count == 48 && text.hasPrefix("tedi_"))
            #expect(try #require(ApiKeySecret(text)).hash == secret.hash)
            #expect(!"\(secret) \(String(reflecting: secret))".contains(text.dropFirst(5)))
        }
        let text = secrets[0].reveal()
        for wrong in [
            "", "tedi_", String(text.dropLast()), text + "A", "Tedi_" + text.dropFirst(5), text.dropLast() + "é",
        ] {
            #expect(ApiKeySecret(wrong) == nil)
        }
        // 43 characters hold two bits more than 32 bytes: they have to be zero, so that a key has one spelling.
        #expect(ApiKeySecret("tedi_" + String(repeating: "A", count: 42) + "B") == nil)
        #expect(ApiKeySecret("tedi_" + String(repeating: "A", count: 43)) != nil)
    }

    // MARK: Keys

    @Test func keysAreMadeFoundAndRevoked() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let studio = try await store.createTenant("studio")
            let created = try await store.createKey(name: "nightly", tenant: "studio", scopes: [.submit, .read])
            #expect(created.key.tenant == studio.id && created.key.tenantName == "studio")
            #expect(created.key.scopes == [.submit, .read] && created.key.lastUsedAt == nil)
            let found = try #require(try await store.key(of: created.secret))
            #expect(found == created.key)
            #expect(try await store.key(of: ApiKeySecret()) == nil)
            // Once a minute is enough.
            let used = try #require(try await store.keys().first?.lastUsedAt)
            _ = try await store.key(of: created.secret)
            #expect(try await store.keys().first?.lastUsedAt == used)
            try await fixture.pool.execute("UPDATE api_key SET last_used_at = last_used_at - interval '61 s'")
            _ = try await store.key(of: created.secret)
            #expect(try #require(try await store.keys().first?.lastUsedAt) > used)

            let revoked = try await store.revokeKey(created.key.id)
            #expect(revoked.revokedAt != nil)
            #expect(try await store.revokeKey(created.key.id) == revoked)
            #expect(try await store.key(of: created.secret) == nil)
            #expect(await reason { _ = try await store.revokeKey(99) } == .notFound)

            let brief = try await store.createKey(
                name: "brief", tenant: "default", scopes: [.admin], lifetime: .seconds(3_600))
            #expect(try await store.key(of: brief.secret) != nil)
            try await fixture.pool.execute("UPDATE api_key SET expires_at = clock_timestamp() WHERE name = 'brief'")
            #expect(try await store.key(of: brief.secret) == nil)
            #expect(try await store.keys().map(\.name) == ["nightly", "brief"])
        }
    }

    @Test func badKeysAndTenantsAreRefused() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            for name in ["", "a\u{7}", String(repeating: "x", count: 129)] {
                #expect(
                    await reason { _ = try await store.createKey(name: name, tenant: "default", scopes: [.read]) }
                        == .invalidValue)
                #expect(await reason { _ = try await store.createTenant(name) } == .invalidValue)
            }
            #expect(
                await reason { _ = try await store.createKey(name: "k", tenant: "default", scopes: []) }
                    == .invalidValue)
            #expect(
                await reason { _ = try await store.createKey(name: "k", tenant: "none", scopes: [.read]) } == .notFound)
            for limits in [
                TenantLimits(weight: 0), TenantLimits(weight: 1_001), TenantLimits(maximumQueued: -1),
                TenantLimits(maximumRunning: Int.max),
            ] {
                #expect(await reason { _ = try await store.createTenant("t", limits: limits) } == .invalidValue)
            }
            #expect(await reason { _ = try await store.createTenant("default") } == .invalidValue)
            #expect(await reason { _ = try await store.setLimits(TenantLimits(), of: "none") } == .notFound)
            let tenants = try await store.tenants()
            #expect(tenants.map(\.name) == ["default"])
        }
    }

    @Test func noSecretIsInTheDatabase() async throws {
        try await StoreFixture.with { fixture in
            let secret = try await fixture.store.createKey(name: "k", tenant: "default", scopes: [.admin]).secret
            _ = try await fixture.store.key(of: secret)
            let tables = try await fixture.pool.query(
                "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
            #expect(tables.count > 15)
            let body = String(secret.reveal().dropFirst(5))
            for table in tables {
                let found = try await fixture.pool.query(
                    "SELECT count(*) FROM \(try table.string(0)) t WHERE strpos(t::text, $1) > 0", [.text(body)])
                #expect(try found[0].int(0) == 0)
            }
            // What is stored is the hash, and only that.
            let hash = try await fixture.pool.query("SELECT hash FROM api_key")
            #expect(try hash[0].bytes(0) == secret.hash)
        }
    }

    // MARK: Limits

    @Test func quotaIsExactUnderConcurrency() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let tenant = try await store.createTenant("small", limits: TenantLimits(maximumQueued: 100)).id
            let specification = try BatchSpecification(name: "b", model: "demo", samples: 2)
            var batches: [BatchID] = []
            for _ in 0..<16 { batches.append(try await store.createBatch(specification, tenant: tenant).batch.id) }
            // Sixteen of seven lines, fourteen jobs each: seven fit into a hundred.
            let outcomes = try await withThrowingTaskGroup(of: StoreError.Reason?.self) { group in
                for id in batches {
                    group.addTask {
                        await reason { _ = try await store.append(try StoreFixture.items(7), to: id, from: 0) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 7)
            #expect(outcomes.count { $0 == .quotaExceeded } == 9)
            #expect(try await store.tenant(named: "small").queued == 98)
            // What fits exactly is taken; one more is not.
            let open = try #require(batches.first)
            let items = try await store.batch(open).items
            _ = try await store.append(try StoreFixture.items(1, from: items), to: open, from: items)
            #expect(try await store.tenant(named: "small").queued == 100)
            let late = try await store.createBatch(specification, tenant: tenant).batch.id
            #expect(
                await reason { _ = try await store.append(try StoreFixture.items(1), to: late, from: 0) }
                    == .quotaExceeded)
            // Lines that are there already are not counted again.
            let again = try await store.append(try StoreFixture.items(items + 1), to: open, from: 0)
            #expect(again == items + 1)
            // Others do not feel it, and room comes back.
            _ = try await fixture.batch(lines: 500)
            let full = try #require(
                try await store.batches(limit: 100, of: tenant).elements.first { $0.items == 7 && $0.id != open })
            _ = try await store.abandon(full.id, of: tenant)
            _ = try await store.append(try StoreFixture.items(7), to: late, from: 0)
            #expect(try await store.tenant(named: "small").queued == 100)
            try await fixture.audit()
        }
    }

    @Test func runningAgainCountsAgainstTheQuota() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let tenant = try await store.createTenant("t").id
            let batch = try await Self.batch(of: tenant, in: store, lines: 3)
            for job in try await fixture.dispatch(3, of: batch) {
                _ = try await fixture.record(
                    .failed(JobFailure(code: "bad", message: "", retryable: false)), of: job.lease)
            }
            _ = try await store.setLimits(TenantLimits(maximumQueued: 2), of: "t")
            #expect(await reason { _ = try await store.retryFailed(of: batch.id, tenant: tenant) } == .quotaExceeded)
            #expect(try await store.deadLetters(DeadLetterFilter(tenant: tenant), limit: 10).elements.count == 3)
            _ = try await store.setLimits(TenantLimits(maximumQueued: 3), of: "t")
            #expect(try await store.retryFailed(of: batch.id, tenant: tenant).batch.counts.queued == 3)
            try await fixture.audit()
        }
    }

    @Test func noMoreRunsThanATenantMayHave() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let tenant = try await store.createTenant("t", limits: TenantLimits(maximumRunning: 5)).id
            let first = try await Self.batch(of: tenant, in: store, lines: 20)
            let second = try await Self.batch(of: tenant, in: store, lines: 20)
            let other = try await fixture.batch(lines: 20)
            let jobs = try await fixture.dispatch(100, of: first)
            #expect(jobs.count { $0.batch == other.id } == 20)
            #expect(jobs.count { $0.batch == first.id || $0.batch == second.id } == 5)
            #expect(try await fixture.dispatch(100, of: first).isEmpty)
            let mine = try #require(jobs.first { $0.batch != other.id })
            _ = try await fixture.record(.done(StoreFixture.result()), of: mine.lease)
            #expect(try await fixture.dispatch(100, of: first).count == 1)
            #expect(try await store.tenant(named: "t").running == 5)
            _ = try await store.setLimits(TenantLimits(maximumRunning: 0), of: "t")
            _ = try await fixture.record(.done(StoreFixture.result()), of: jobs[0].lease)
            #expect(try await fixture.dispatch(100, of: first).isEmpty)
        }
    }

    // MARK: Others' things

    @Test func othersBatchesAndJobsAreNotFound() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let (a, b) = (try await store.createTenant("a").id, try await store.createTenant("b").id)
            let batch = try await Self.batch(of: b, in: store)
            let open = try await store.createBatch(
                try BatchSpecification(name: "o", model: "demo"), tenant: b
            ).batch.id
            let job = try #require(try await fixture.dispatch(1, of: batch).first)
            _ = try await fixture.record(.done(StoreFixture.result(5)), of: job.lease)
            let id = batch.id
            let attempts: [@Sendable () async throws -> Void] = [
                { _ = try await store.batch(id, of: a) }, { _ = try await store.seal(id, of: a) },
                { _ = try await store.abandon(open, of: a) }, { _ = try await store.cancel(id, of: a) },
                { _ = try await store.pause(id, of: a) }, { _ = try await store.resume(id, of: a) },
                { _ = try await store.setPriority(1, of: id, tenant: a) },
                { _ = try await store.retryFailed(of: id, tenant: a) },
                { _ = try await store.append(try StoreFixture.items(1), to: open, from: 0, of: a) },
                { _ = try await store.jobs(of: id, tenant: a, limit: 1) },
                { _ = try await store.job(job.lease.job, of: a) },
                { _ = try await store.cancel(job.lease.job, of: a) },
            ]
            for (number, attempt) in attempts.enumerated() {
                #expect(await reason(attempt) == .notFound, "\(number)")
            }
            #expect(try await store.batches(limit: 10, of: a).elements.isEmpty)
            #expect(try await store.activeCounts(of: a).total == 0)
            #expect(try await store.activeBatches(of: b) == [id])
            let digest = StoreFixture.result(5).imageDigest
            #expect(try await store.hasArtifact(digest, job: job.lease.job, of: b))
            #expect(try await store.hasArtifact(digest, job: job.lease.job, of: nil))
            #expect(try await !store.hasArtifact(digest, job: job.lease.job, of: a))
            let otherDigest = StoreFixture.result(6).imageDigest
            #expect(try await !store.hasArtifact(otherDigest, job: job.lease.job, of: b))
            #expect(try await store.batch(id).state == .running)
        }
    }

    @Test func cronEntriesOfTenantsAreApart() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let (a, b) = (try await store.createTenant("a").id, try await store.createTenant("b").id)
            for (tenant, name) in [(a, "for a"), (b, "for b")] {
                let specification = try CronSpecification(
                    name: "nightly", expression: try CronExpression("0 3 * * *"),
                    batch: try BatchSpecification(name: name, model: "demo"), items: try StoreFixture.items(1))
                #expect(try await store.putCron(specification, of: tenant, zone: { _ in 0 }).isNew)
            }
            #expect(try await store.cron("nightly", of: a).batch.name == "for a")
            #expect(await reason { _ = try await store.cron("nightly") } == .notFound)
            #expect(try await store.cronEntries(of: b).map(\.tenant) == [b])
            #expect(try await store.cronEntries().count == 2)
            let made = try await store.fireCronNow("nightly", of: b, check: { _, _ in [] }).batch
            #expect(made.tenant == b && made.specification.name == "for b")
            #expect(try await store.cron("nightly", of: a).lastBatch == nil)
            // The leader fires each for its owner.
            try await fixture.pool.execute("UPDATE cron SET next_at = date_trunc('second', clock_timestamp())")
            let due = try await store.cronAgenda(limit: 10).due
            #expect(Set(due.map(\.tenant)) == [a, b])
            for entry in due {
                let firing = try await store.fireCron(
                    entry, term: fixture.term, zones: { _ in { _ in 0 } }, check: { _, _ in [] })
                guard case .fired(let batch) = firing else {
                    Issue.record("\(firing)")
                    continue
                }
                #expect(batch.tenant == entry.tenant)
            }
            _ = try await store.pauseCron("nightly", of: a)
            #expect(try await !store.cron("nightly", of: b).isPaused)
            _ = try await store.removeCron("nightly", of: a)
            #expect(try await store.cron("nightly", of: b).batch.name == "for b")
        }
    }
}
