import Jobs
import Postgres
import PrivateStack
import TestServers
import Testing

@testable import JobStore

@Suite("Faults of PostgreSQL") struct FaultTests {
    @Test func saysWhenItIsGoneAndComesBack() async throws {
        try await TestServers.shared.withDedicatedPostgres { server in
            let pool = PostgresPool(try PostgresOptions(server.conninfo(database: "postgres")), size: 2)
            let store = JobStore(pool: pool)
            _ = try await store.migrate()
            try await store.announce([StoreFixture.announcement()])
            let batch = try await store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch
            _ = try await store.append(try StoreFixture.items(3), to: batch.id, from: 0)
            try await server.stop()
            #expect(await reason { _ = try await store.seal(batch.id) } == .unavailable)
            #expect(await reason { try await store.ping() } == .unavailable)
            try await server.start()
            #expect(try await store.seal(batch.id).items == 3)
            await pool.shutdown()
        }
    }

    @Test func saysWhenItTakesNoWrites() async throws {
        try await StoreFixture.with { fixture in
            let readOnly = PostgresPool(
                try PostgresOptions(fixture.pool.options.conninfo + " options='-c default_transaction_read_only=on'"),
                size: 1)
            let store = JobStore(pool: readOnly)
            let specification = try BatchSpecification(name: "n", model: "demo")
            #expect(await reason { _ = try await store.createBatch(specification) } == .notWritable)
            #expect(try await store.batches(limit: 1).elements.isEmpty)
            await readOnly.shutdown()
        }
    }

    @Test func anUploadCutOffLeavesWholeChunks() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.store.createBatch(try BatchSpecification(name: "n", model: "demo")).batch
            let items = try StoreFixture.items(40_000)
            let upload = Task { try await fixture.store.append(items, to: batch.id, from: 0) }
            let deadline = ContinuousClock.now + .seconds(30)
            while try await fixture.store.batch(batch.id).items == 0, ContinuousClock.now < deadline {
                await Task.yield()
            }
            upload.cancel()
            _ = try? await upload.value
            let received = try await fixture.store.batch(batch.id).items
            #expect(received % JobStore.transactionLimit == 0)
            try await fixture.audit()
            // The client goes on where the server stopped.
            #expect(try await fixture.store.append(Array(items[received...]), to: batch.id, from: received) == 40_000)
            #expect(try await fixture.store.seal(batch.id).counts.queued == 40_000)
            try await fixture.audit()
        }
    }
}
