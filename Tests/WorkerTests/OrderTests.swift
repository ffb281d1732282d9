import JobDispatch
import Jobs
import Testing
import WorkerRuntime

/// What a worker makes of the orders of an operator, which it hears with its beats.
@Suite struct OrderTests {
    /// Gives the one worker an order, as soon as it is listed.
    private func tell(_ order: WorkerOrder, _ bench: Bench) async throws {
        try await bench.until("it is listed") { try await bench.dispatch.workers().count == 1 }
        let worker = try #require(try await bench.dispatch.workers().first)
        try await bench.dispatch.publish([worker.announcement.name: order])
    }

    /// Waits for beats: the second that is seen begins when what the first one told was acted on.
    private func beats(_ count: Int, _ bench: Bench) async throws {
        var last = Duration.zero
        for _ in 0..<count {
            try await bench.until("the worker beats") {
                let silence = try await bench.dispatch.workers().first?.silence ?? .zero
                let isNew = silence < last
                last = silence
                return isNew
            }
        }
    }

    /// Tells a worker to be quiet while one group of four is computed and the rest of its jobs wait.
    private func beQuiet(holding count: Int64) async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...count).map { Bench.job($0) })
                try await bench.until("one group runs, the others wait") {
                    worker.heldCount == Int(count) && bench.switchboard.snapshot.running == 1
                }
                try await tell(.quiet, bench)
                // Two until it has acted on it, and two for a claim that was under way.
                try await beats(4, bench)
                try await bench.push((101...106).map { Bench.job($0) })
                bench.switchboard.change { $0.isHeld = false }
                let ended = try await bench.facts(Int(count))
                #expect(Set(ended.keys) == Set(1...count))
                #expect(ended.values.allSatisfy { $0.result != nil })
                // Time to claim, for one that is idle and looks for work without a pause.
                try await beats(4, bench)
                #expect(worker.heldCount == 0)
                #expect(try await bench.dispatch.depths(of: [Bench.lane.id]) == [Bench.lane.id: 6])
                #expect(try await bench.dispatch.workers().count == 1, "it stays")
                try await tell(.work, bench)
                #expect(try await bench.facts(6).values.allSatisfy { $0.result != nil })
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aQuietWorkerEndsWhatItHoldsAndClaimsNothingMoreUntilItIsToldToWork() async throws {
        try await beQuiet(holding: 6)
    }

    @Test(.timeLimit(.minutes(15)))
    func aWorkerWithoutRoomClaimsNothingMoreEitherOnceItHasSome() async throws {
        try await beQuiet(holding: 8)
    }

    @Test(.timeLimit(.minutes(15)))
    func aWorkerThatIsToldToDrainGivesBackWhatItHasNotBegunAndEndsByItself() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...10).map { Bench.job($0) })
                try await bench.until("one group runs, one waits") {
                    worker.heldCount == 8 && bench.switchboard.snapshot.running == 1
                }
                try await tell(.drain, bench)
                // At once, while the model still computes.
                let back = try await bench.facts(4, within: .seconds(60))
                #expect(Set(back.keys) == [5, 6, 7, 8])
                for fact in back.values {
                    guard case .snoozed = fact.event else {
                        Issue.record("not given back: \(fact)")
                        continue
                    }
                }
                bench.switchboard.change { $0.isHeld = false }
                let done = try await bench.facts(4, within: .seconds(60))
                #expect(Set(done.keys) == [1, 2, 3, 4])
                #expect(done.values.allSatisfy { $0.result != nil })
                // It beats for as long as it lives, and takes itself off the list at its end.
                try await bench.until("it ends") { try await bench.dispatch.workers().isEmpty }
                #expect(worker.heldCount == 0)
                #expect(try await bench.dispatch.depths(of: [Bench.lane.id]) == [Bench.lane.id: 2])
            }
        }
    }
}
