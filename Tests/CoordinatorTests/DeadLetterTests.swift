import Foundation
import JobAPI
import Jobs
import Testing

@Suite("Dead letters, over HTTP", .timeLimit(.minutes(15)))
struct DeadLetterTests {
    /// A batch all of whose jobs have failed for good.
    private static func failed(_ lines: Int, by worker: TestWorker, at api: API) async throws -> BatchView {
        let batch = try await api.submit(lines)
        try await eventually("its jobs are dead") {
            let jobs = try await worker.claimIfAny(8)
            _ = try await worker.finish(jobs) { _ in
                .failed(JobFailure(code: "bad", message: "no face", retryable: false))
            }
            return try await api.batch(batch.id).state == .finished
        }
        return try await api.batch(batch.id)
    }

    private static func letters(of batch: Int64? = nil, at api: API) async throws -> [DeadLetterView] {
        try await api.get(Routes.dead(batch: batch), as: DeadLetterPage.self).letters
    }

    @Test("A job that is run again gets a new batch, ends there, and is off the list")
    func requeue() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let (api, worker) = (coordinator.api, try TestWorker("w", in: world))
                let batch = try await Self.failed(2, by: worker, at: api)
                #expect(batch.counts == Counts(failed: 2))
                let letters = try await Self.letters(at: api)
                #expect(letters.map(\.line) == [1, 2] && letters.map(\.customID) == ["c0", "c1"])
                #expect(letters.allSatisfy { $0.batch == batch.id && $0.code == "bad" && $0.message == "no face" })
                #expect(letters.allSatisfy { $0.attempts == 1 && $0.crashes == 0 && $0.batchName == "test" })
                let dead = try #require(letters.first)

                let answer = try await api.post(Routes.requeueDead, json: #"{"jobs": [\#(dead.job)]}"#)
                #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
                let fields = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [String: Any])
                #expect(Set(fields.keys) == ["batches", "more"])
                let receipt = try answer.read(RequeueReceipt.self)
                #expect(!receipt.more && receipt.batches.count == 1)
                let again = try #require(receipt.batches.first)
                #expect(again.id != batch.id && again.retryOf == batch.id && again.items == 1)
                #expect(again.state != .open && again.counts.total == 1)
                #expect(try await Self.letters(at: api).map(\.job) == letters.dropFirst().map(\.job))

                try await eventually("it has run again") {
                    let jobs = try await worker.claimIfAny(8)
                    _ = try await worker.finish(jobs, TestWorker.result)
                    return try await api.batch(again.id).state == .finished
                }
                let copy = try #require(try await api.get(Routes.jobs(of: again.id), as: JobPage.self).jobs.first)
                let original = try await api.get(Routes.job(dead.job), as: JobView.self)
                #expect(copy.state == .succeeded && copy.id != original.id)
                #expect(copy.request == original.request && copy.customID == "c0")
                // What has ended stays as it ended.
                #expect(original.state == .failed)
                #expect(try await api.batch(batch.id).counts == batch.counts)

                let nothing = try await api.post(Routes.requeueDead, json: #"{"jobs": [\#(dead.job)]}"#)
                #expect(nothing.status == 200)
                #expect(try nothing.read(RequeueReceipt.self) == RequeueReceipt(batches: [], more: false))
            }
        }
    }

    @Test("What is struck off is not run again, and who does not say what is meant strikes nothing off")
    func purge() async throws {
        try await World.with { world in
            try await RunningCoordinator.with(world) { coordinator in
                let (api, worker) = (coordinator.api, try TestWorker("w", in: world))
                let (first, second) = (
                    try await Self.failed(1, by: worker, at: api), try await Self.failed(2, by: worker, at: api)
                )
                for (selection, says) in [
                    ("{}", "Say which"), (#"{"all": false}"#, "Say which"), (#"{"job": 1}"#, "job"), ("", "JSON"),
                ] {
                    for route in [Routes.requeueDead, Routes.purgeDead] {
                        let refused = try await api.post(route, json: selection)
                        #expect(refused.status == 400, "\(selection)")
                        let problem = try refused.problem
                        #expect(problem.code == .malformedBody && problem.detail.contains(says), "\(problem.detail)")
                    }
                }
                #expect(try await Self.letters(at: api).count == 3)
                let one = try await api.post(Routes.purgeDead, json: #"{"batch": \#(first.id), "code": "bad"}"#)
                #expect(try one.read(PurgeReceipt.self) == PurgeReceipt(purged: 1, more: false))
                #expect(try await Self.letters(of: first.id, at: api).isEmpty)
                #expect(try await Self.letters(of: second.id, at: api).count == 2)
                let retry = try await api.send("POST", Routes.retryFailed(of: first.id))
                #expect(retry.status == 409)
                #expect(try retry.problem.code == .wrongState)
                #expect(try await api.batch(first.id).counts == Counts(failed: 1))
            }
        }
    }
}
