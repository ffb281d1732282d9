import Client
import Foundation
import JobAPI
import Testing

extension FaultSuite {
    @Suite("Submissions", .serialized)
    struct SubmitFaults {
        @Test("15: one submission, sent sixteen times at once with one key", .timeLimit(.minutes(3)))
        func duplicates() async throws {
            try await FaultWorld.with(.init(coordinators: 2)) { world in
                let ids = try await withThrowingTaskGroup { group in
                    for _ in 0..<16 {
                        group.addTask { try await world.submit(Array(repeating: "noop", count: 500), key: "once") }
                    }
                    return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
                }
                #expect(ids.count == 1)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 500)
            }
        }

        @Test("15: an upload is resumed that a crash has broken off", .timeLimit(.minutes(3)))
        func broken() async throws {
            try await FaultWorld.with(.init(coordinators: 0, workers: 1)) { world in
                // The second chunk of 10,000 lines is the last thing that the first coordinator does.
                let first = try await world.startCoordinator(failpoint: "afterUploadCommit:2", isSupervised: true)
                try await world.waitForModel()
                try await world.submit(Array(repeating: "noop", count: 32_000))
                #expect(!first.isRunning)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 32_000)
            }
        }

        @Test("16: of 64 who want one unique key, one gets it", .timeLimit(.minutes(3)))
        func uniqueKey() async throws {
            try await FaultWorld.with(.init(coordinators: 2)) { world in
                let body = CreateBatchBody(name: "unique", model: "drill", kind: .drill, uniqueKey: "nightly")
                let won = try await withThrowingTaskGroup { group in
                    for _ in 0..<64 {
                        group.addTask {
                            do {
                                return try await world.withClient { client in
                                    try await client.createBatch(body, idempotencyKey: UUID().uuidString).id
                                } as Int64?
                            } catch ClientError.problem(let problem) {
                                #expect(problem.status == 409, "\(problem)")
                                return nil
                            }
                        }
                    }
                    return try await group.reduce(into: [Int64]()) { if let id = $1 { $0.append(id) } }
                }
                #expect(won.count == 1)
                #expect(try await world.number("SELECT count(*) FROM batch") == 1)
            }
        }
    }
}
