import Jobs
import Postgres
import Testing

@testable import JobStore

@Suite("Symptoms") struct SymptomTests {
    @Test("An open transaction, rows that strayed and jobs that wait are seen, with whose they are")
    func symptoms() async throws {
        try await StoreFixture.with { fixture in
            let store = fixture.store
            let well = try await store.symptoms()
            #expect(well.strayRows == 0 && well.oldestWaiting == 0)
            let batch = try await fixture.batch(lines: 1)
            try await fixture.pass(
                "UPDATE batch SET sealed_at = sealed_at - interval '100s' WHERE id = $1", batch.id.rawValue)
            #expect((99...200).contains(try await store.symptoms().oldestWaiting))
            _ = try await fixture.dispatch(1, of: batch)
            #expect(try await store.symptoms().oldestWaiting == 0, "nothing of it waits")

            _ = try await fixture.pool.query(
                "INSERT INTO job_done (id, epoch, batch_id, state, attempt, crashes) VALUES (77000000, 1, 1, 3, 0, 0)")
            #expect(try await store.symptoms().strayRows == 1)

            var options = fixture.pool.options
            options.applicationName = "forgotten"
            let other = PostgresConnection(options)
            try await other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM batch")
            let ill = try await store.symptoms()
            #expect(ill.oldestOwner?.hasSuffix(" (forgotten)") == true)
            #expect(ill.oldestTransaction > 0)
            await other.close()
        }
    }
}
