import Jobs
import Testing

@testable import JobStore

@Suite("Progress") struct StepProgressTests {
    private static let digest = StoreFixture.result(0xABC).imageDigest

    @Test func aCheckpointOutlivesLaterReportsAndIsHandedOutAgain() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let first = try await fixture.dispatch(1, of: batch)[0]
            #expect(first.checkpoint == nil)
            let saved = JobProgress(step: 5, total: 10, checkpoint: Self.digest, note: "loss 0.5")
            #expect(try await fixture.record(.progress(saved), of: first.lease).progressed == 1)
            let later = JobProgress(step: 7, total: 10)
            #expect(try await fixture.record(.progress(later), of: first.lease).progressed == 1)
            let job = try await fixture.store.job(first.lease.job)
            #expect(job.progress == JobProgress(step: 7, total: 10, checkpoint: Self.digest))
            #expect(job.worker == StoreFixture.worker.rawValue)

            _ = try await fixture.record(.lost(begun: true), of: first.lease)
            let second = try await fixture.dispatch(1, of: batch)[0]
            #expect(second.checkpoint == Checkpoint(step: 5, digest: Self.digest))
            try await fixture.audit()
        }
    }

    @Test func reportsOfOtherExecutionsChangeNothing() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let stale = try await fixture.dispatch(1, of: batch)[0].lease
            let kept = JobProgress(step: 1, total: 10, checkpoint: Self.digest)
            _ = try await fixture.record(.progress(kept), of: stale)
            #expect(try await fixture.store.requeue([stale], term: fixture.term) == 1)
            let other = JobProgress(step: 9, total: 10, checkpoint: StoreFixture.result(1).imageDigest)
            #expect(try await fixture.record(.progress(other), of: stale).stale == 1)
            let next = try await fixture.dispatch(1, of: batch)[0]
            #expect(next.checkpoint == Checkpoint(step: 1, digest: Self.digest))
            #expect(try await fixture.record(.progress(other), of: stale).stale == 1)
            #expect(try await fixture.store.job(stale.job).progress == kept)
            _ = try await fixture.record(.done(StoreFixture.result()), of: next.lease)
            #expect(try await fixture.record(.progress(other), of: next.lease).stale == 1)
            #expect(try await fixture.store.job(stale.job).progress == kept)
        }
    }

    @Test func ofAGroupTheLastReportCountsAndTheLastCheckpoint() async throws {
        try await StoreFixture.with { fixture in
            let batch = try await fixture.batch(lines: 1)
            let lease = try await fixture.dispatch(1, of: batch)[0].lease
            let reports = [
                JobProgress(step: 1, total: 3, checkpoint: StoreFixture.result(1).imageDigest),
                JobProgress(step: 2, total: 3, checkpoint: Self.digest), JobProgress(step: 3, total: 3, note: "end"),
            ]
            let report = try await fixture.store.record(
                reports.map { Fact(lease: lease, worker: StoreFixture.worker, event: .progress($0)) })
            #expect(report == RecordReport(progressed: 3))
            let progress = try await fixture.store.job(lease.job).progress
            #expect(progress == JobProgress(step: 3, total: 3, checkpoint: Self.digest, note: "end"))
            _ = try await fixture.record(.snoozed(.zero), of: lease)
            #expect(try await fixture.dispatch(1, of: batch)[0].checkpoint == Checkpoint(step: 2, digest: Self.digest))
        }
    }
}
