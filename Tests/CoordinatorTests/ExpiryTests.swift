import Client
import Foundation
import JobAPI
import Jobs
import Testing
import WorkerRuntime

@testable import Coordinator

@Suite("Batches whose time passes", .timeLimit(.minutes(15)))
struct ExpiryTests {
    /// Runs a test with a coordinator of one of the two kinds.
    private static func with(
        _ way: Way, _ body: @Sendable (World, API) async throws -> Void
    ) async throws {
        try await World.with { world in
            var configuration = world.configuration(name: "one")
            if way == .http { configuration.redis = nil }
            let coordinator = try await RunningCoordinator.start(configuration)
            do {
                try await body(world, coordinator.api)
                try await coordinator.stop()
            } catch {
                await coordinator.kill()
                throw error
            }
        }
    }

    @Test("What no worker has claimed by the end of its time is called off as expired", arguments: Way.allCases)
    func noWorker(_ way: Way) async throws {
        try await Self.with(way) { _, api in
            let batch = try await api.submitAtOnce(3, name: "brief", expiresAt: Date(timeIntervalSinceNow: 2))
            let endless = try await api.submitAtOnce(3, name: "endless")
            #expect(batch.expiresAt != nil && endless.expiresAt == nil)
            try await eventually("the batch is over", within: .seconds(30)) {
                try await api.batch(batch.id).state == .cancelled
            }
            let over = try await api.batch(batch.id)
            #expect(over.endedBecause == "expired" && over.finishedAt != nil)
            #expect(over.counts == Counts(cancelled: 3))
            let jobs = try await api.get(Routes.jobs(of: batch.id), as: JobPage.self).jobs
            #expect(jobs.map(\.state) == [.cancelled, .cancelled, .cancelled])
            #expect(jobs.allSatisfy { $0.failure?.code == "expired" })
            // Whoever set no end has none.
            let other = try await api.batch(endless.id)
            #expect(other.counts == Counts(queued: 3) && other.endedBecause == nil)
        }
    }

    @Test("What a worker has when the time passes may end; nothing more is handed out")
    func running() async throws {
        try await Self.with(.http) { world, api in
            try await TediClient.connected(to: api.base) { client in
                let queue = HTTPQueue(client, lease: .seconds(60))
                let (name, announcement) = (WorkerName(sanitizing: "w"), TestWorker.announcement("w"))
                try await queue.register(announcement)
                let batch = try await api.submitAtOnce(3, name: "brief", expiresAt: Date(timeIntervalSinceNow: 3_600))
                let lanes = try await queue.lanes(
                    pool: WorkerAnnouncement.defaultPool, models: announcement.models
                ).map(\.id)
                let jobs = try await queue.claim(from: lanes.map { (lane: $0, limit: 1) }, by: name)
                let job = try #require(jobs.first)
                try await world.change("expires_at = clock_timestamp()", ofBatch: batch.id)
                try await eventually("what waits is called off") {
                    try await api.batch(batch.id).counts.cancelled == 2
                }
                #expect(try await api.batch(batch.id).counts == Counts(running: 1, cancelled: 2))
                #expect(try await queue.claim(from: lanes.map { (lane: $0, limit: 4) }, by: name).isEmpty)
                #expect(try await queue.finish([(job.lease, TestWorker.result(job))], by: name) == [true])
                try await eventually("the batch is over") { try await api.batch(batch.id).state == .cancelled }
                let over = try await api.batch(batch.id)
                #expect(over.counts == Counts(succeeded: 1, cancelled: 2) && over.endedBecause == "expired")
            }
        }
    }

    @Test("An open batch is given up when its time passes")
    func openBatch() async throws {
        try await Self.with(.redis) { _, api in
            let end = WireFormat.timestamp(Date(timeIntervalSinceNow: 1))
            let batch = try await api.post(
                Routes.batches, json: #"{"name": "open", "model": "demo", "expires_at": "\#(end)"}"#
            ).read(BatchView.self)
            try await eventually("it is given up") { try await api.batch(batch.id).state == .abandoned }
            #expect(try await api.batch(batch.id).endedBecause == "expired")
            #expect(try await api.upload(API.lines(1), to: batch.id).problem.code == .batchNotOpen)
        }
    }
}
