import Client
import Foundation
import JobAPI
import Postgres
import Redis
import Testing

extension FaultSuite {
    @Suite("Load", .serialized)
    struct LoadFaults {
        @Test("17: ten thousand retries are due at once", .timeLimit(.minutes(5)))
        func herd() async throws {
            let count = FaultLength.current == .quick ? 2_000 : 10_000
            try await FaultWorld.with(.init(batch: 32)) { world in
                try await world.submit(Array(repeating: "noop fail=1 retry_after=3000", count: count))
                try await world.settle(within: .seconds(240))
                #expect(try await world.count(ended: 1) == count)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE attempt = 2") == count)
            }
        }

        @Test("18: ten small batches beside a large one, and an interactive job beside all", .timeLimit(.minutes(5)))
        func fairness() async throws {
            let (large, small) =
                switch FaultLength.current {
                case .quick: (5_000, 50)
                case .short: (20_000, 100)
                case .full: (100_000, 100)
                }
            try await FaultWorld.with(.init(batch: 8, window: 200)) { world in
                let first = try await world.submit(Array(repeating: "noop ms=1", count: large))
                try await world.ended(large / 50)
                var batches: [Int64] = []
                for _ in 0..<10 { batches.append(try await world.submit(Array(repeating: "noop ms=1", count: small))) }
                var starts: [Double] = []
                for _ in 0..<20 {
                    let id = try await world.submit(["noop"], band: .interactive)
                    try await eventually("the interactive job has ended") {
                        try await world.number("SELECT count(*) FROM job_done WHERE batch_id = $1", [.int8(id)]) == 1
                    }
                    starts.append(
                        try await world.query(
                            """
                            SELECT extract(epoch FROM d.finished_at - b.sealed_at)::float8
                            FROM job_done d JOIN batch b ON b.id = d.batch_id WHERE b.id = $1
                            """, [.int8(id)])[0].double(0))
                }
                try await world.settle(within: .seconds(240))
                // How many jobs of the large batch ended while all small ones were under way: a fair share is one
                // eleventh, so the small ones are over when the large one has had about as many as one of them.
                let passed = try await world.number(
                    """
                    SELECT count(*) FROM job_done d
                    WHERE batch_id = $1 AND finished_at BETWEEN (SELECT max(sealed_at) FROM batch WHERE id = ANY($2))
                        AND (SELECT max(finished_at) FROM batch WHERE id = ANY($2))
                    """, [.int8(first), .int8Array(batches)])
                let isOverFirst = try await world.number(
                    """
                    SELECT count(*) FROM batch WHERE id = ANY($1)
                        AND finished_at < (SELECT finished_at FROM batch WHERE id = $2)
                    """, [.int8Array(batches), .int8(first)])
                let worst = starts.max() ?? 0
                print(
                    "fairness: ten batches of \(small) ended while \(passed) jobs of the one of \(large) did; interactive "
                        + "jobs ended within \(starts.map { Int($0 * 1_000) }.sorted()) ms")
                #expect(isOverFirst == 10)
                // What was in the window of Redis when they came goes first; beyond it, a small multiple of the share.
                #expect(passed <= 2 * small + 2 * 200)
                #expect(worst < 1)
            }
        }

        @Test("19: consumers that are slow do not fill Redis", .timeLimit(.minutes(3)))
        func window() async throws {
            try await FaultWorld.with(.init(workers: 1, batch: 1, window: 300)) { world in
                let batch = try await world.submit(Array(repeating: "ms=200", count: 30_000))
                var deepest = 0
                let end = ContinuousClock.now + .seconds(5)
                while ContinuousClock.now < end {
                    deepest = max(deepest, try await world.keys().count { $0.hasPrefix("j:") })
                    try await Task.sleep(for: .milliseconds(100))
                }
                print("window of 300: at most \(deepest) jobs in Redis of 30,000 that wait")
                #expect(deepest > 0)
                // The window, and what workers have claimed of it.
                #expect(deepest <= 300 + 10)
                _ = try await world.withClient { try await $0.cancel(batch: batch) }
                try await world.settle()
            }
        }

        @Test(
            "20: work that nobody can do waits, says why, and is done when somebody can", .timeLimit(.minutes(3)),
            .enabled(if: FaultLength.current > .quick, "takes over 30 s: not in a quick run"))
        func unknownKind() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                let worker = try #require(world.workers.first)
                try await worker.kill()
                let batch = try await world.submit(["noop", "ms=1"])
                try await eventually("the batch says what it waits for") {
                    try await world.withClient { try await $0.batch(batch).waiting } != nil
                }
                let reason = try await world.withClient { try await $0.batch(batch).waiting }
                print("a batch without a worker says: \(String(describing: reason))")
                #expect(try await world.number("SELECT count(*) FROM job_done") == 0)
                try await world.startWorker()
                try await world.settle()
                #expect(try await world.count(ended: 2) == 0)
            }
        }

        @Test("21: ids cross the border of a partition", .timeLimit(.minutes(3)))
        func partitions() async throws {
            var setup = FaultWorld.Setup()
            setup.prepare = { world in _ = try await world.query("SELECT setval('job_id', 2999700)") }
            try await FaultWorld.with(setup) { world in
                try await world.submit(Array(repeating: "ms=5", count: 500))
                try await world.submit(Array(repeating: "noop fail=1 retry_after=10", count: 100))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 600)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE id >= 3000000") > 0)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE id < 3000000") > 0)
            }
        }

        @Test("23: memory, files, dead rows and Redis stay flat", .timeLimit(.minutes(400)))
        func soak() async throws {
            let length = FaultLength.soak
            try await FaultWorld.with(.init(batch: 32)) { world in
                var first: Usage?
                var told = 0
                var rounds = 0
                let start = ContinuousClock.now
                repeat {
                    for _ in 0..<4 { try await world.submit(Array(repeating: "noop", count: 1_500)) }
                    try await world.finishAll()
                    rounds += 1
                    let now = try await Usage(of: world)
                    let share = start.duration(to: .now) / length
                    if Int(share * 12) > told {
                        told = Int(share * 12)
                        print("soak, \(rounds * 6_000) jobs: \(now)")
                    }
                    // Caches and pools have grown by then.
                    if first == nil, share >= 0.25 { first = now }
                    guard let first else { continue }
                    for (before, after) in zip(first.files, now.files) {
                        #expect(after <= before + 20, "descriptors pile up: \(now)")
                    }
                    #expect(now.redis <= first.redis + 4, "Redis grows: \(first), then \(now)")
                    // Autovacuum looks once a minute.
                    #expect(now.deadRows < 1_000_000, "dead rows pile up: \(now)")
                } while start.duration(to: .now) < length || rounds < 4
                try await world.settle()
                let last = try await Usage(of: world)
                for (before, after) in zip(try #require(first).memory, last.memory) {
                    #expect(
                        after <= before + before / 4 + 16, "memory grows: \(String(describing: first)), then \(last)")
                }
            }
        }
    }

    /// What everything uses at one moment.
    private struct Usage: CustomStringConvertible {
        /// Open files and memory (MiB) of each daemon.
        let files: [Int]
        let memory: [Int]
        /// Memory of Redis, in MiB.
        let redis: Int
        let deadRows: Int

        init(of world: FaultWorld) async throws {
            let daemons = world.coordinators + world.workers
            files = daemons.map(\.openFiles)
            memory = daemons.map(\.residentMiB)
            let info = try await world.command("INFO", "memory").string()
            let used = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
            redis = (Int(used?.dropFirst(12) ?? "") ?? 0) >> 20
            deadRows = try await world.number("SELECT coalesce(sum(n_dead_tup), 0)::int8 FROM pg_stat_user_tables")
        }

        var description: String {
            "memory \(memory) MiB, files \(files), Redis \(redis) MiB, \(deadRows) dead rows"
        }
    }
}
