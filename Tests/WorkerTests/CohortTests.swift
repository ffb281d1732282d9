import Artifacts
import Foundation
import JobDispatch
import Jobs
import Testing
import WorkerRuntime

/// Long jobs side by side, on a real Redis.
@Suite struct CohortTests {
    private func long(
        _ id: Int64, _ caption: String = "a man", steps: Int, band: Band = .bulk, crashes: Int = 0
    ) throws -> DispatchedJob {
        try Bench.studioJob(
            id, .optimize, caption, options: JobOptions(steps: steps), band: band, crashes: crashes)
    }

    private func isSnoozed(_ fact: Fact?) -> Bool {
        if case .snoozed = fact?.event { true } else { false }
    }

    @Test(.timeLimit(.minutes(15)))
    func othersJoinAndLeaveBetweenSteps() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.studioWorker()) { () async throws in
                try await bench.push([try long(1, steps: 1_000_000 / 5_000)])
                try await bench.until("the first is worked on") { bench.studio.members == [1] }
                try await bench.push([try long(2, steps: 3), try long(3, steps: 100)])
                let facts = try await bench.facts(3)
                #expect(facts.values.allSatisfy { $0.result != nil })
            }
            let steps = bench.studio.snapshot.steps
            // Both joined the one that was under way, and the shortest left first.
            #expect(steps.contains([1, 2, 3]))
            #expect(steps.filter { $0.contains(2) }.count == 3)
            #expect(steps.filter { $0.contains(3) }.count == 100)
            #expect(steps.filter { $0.contains(1) }.count == 200)
            #expect(try await bench.dispatch.claimedCount() == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func noMoreJoinThanThereIsRoomForAndEachThatLeavesMakesSome() async throws {
        try await Bench.with { bench in
            let worker = bench.studioWorker()
            try await bench.push(try (1...11).map { try long($0, steps: 20) })
            try await bench.running(worker) { () async throws in
                try await bench.until("it is full") { bench.studio.members.count == 4 }
                #expect(try await bench.facts(11).values.allSatisfy { $0.result != nil })
            }
            let steps = bench.studio.snapshot.steps
            #expect(steps.map(\.count).max() == 4)
            #expect(steps.reduce(0) { $0 + $1.count } == 11 * 20)
            #expect(worker.heldCount == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func twoWorkersShareWhatThereIs() async throws {
        try await Bench.with(Bench.quick { $0.batch = 16 }) { bench in
            let (one, two) = (bench.studioWorker(), bench.studioWorker())
            try await bench.running(one) { () async throws in
                try await bench.running(two) { () async throws in
                    try await bench.until("both are there") { try await bench.dispatch.workers().count == 2 }
                    // More than one may hold, and enough work for the other to wake up meanwhile on a busy machine.
                    try await bench.push(try (1...24).map { try long($0, steps: 2_000) })
                    let facts = try await bench.facts(24)
                    #expect(Set(facts.values.map(\.worker)).count == 2)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aMemberThatIsCalledOffLeavesAndTheOthersGoOn() async throws {
        try await Bench.with { bench in
            try await bench.push([try long(1, steps: 5_000), try long(2, steps: 400), try long(3, steps: 400)])
            try await bench.running(bench.studioWorker()) { () async throws in
                try await bench.until("all are worked on") { bench.studio.members == [1, 2, 3] }
                #expect(try await bench.dispatch.cancel([try long(1, steps: 5_000).lease]) == 1)
                let facts = try await bench.facts(3)
                #expect(isSnoozed(facts[1]))
                #expect(facts[2]?.result != nil && facts[3]?.result != nil)
            }
            #expect(bench.studio.snapshot.steps.filter { $0.contains(1) }.count < 5_000)
            #expect(try await bench.artifacts.epochs(of: JobID(1)).isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aStateIsWaitedForWhileTheStoreIsAway() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = LocalArtifactStore(directory: path)
        let digest = try await store.put([1, 2, 3], .checkpoint)
        func begun(_ id: Int64) throws -> DispatchedJob {
            var job = try long(id, steps: 60)
            job.checkpoint = Checkpoint(step: 50, digest: digest.hex)
            return job
        }
        let jobs = (try begun(1), try begun(2))
        try await Bench.with(artifacts: store) { bench in
            try await bench.running(bench.studioWorker()) { () async throws in
                try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
                try await bench.push([jobs.0])
                #expect(isSnoozed(try await bench.facts(1)[1]))
                #expect(bench.studio.snapshot.steps.isEmpty)
                try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
                try await bench.push([jobs.1])
                #expect(try await bench.facts(1)[2]?.result != nil)
            }
            // It went on where it was.
            #expect((9...11).contains(bench.studio.snapshot.steps.count))
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func somethingUrgentMakesAllOfThemGiveRoom() async throws {
        try await Bench.with { bench in
            try await bench.push(try (1...3).map { try long($0, "a slow man", steps: 5_000) })
            try await bench.running(bench.studioWorker()) { () async throws in
                try await bench.until("all are worked on") {
                    bench.studio.snapshot.steps.filter { $0 == [1, 2, 3] }.count > 3
                }
                try await bench.push([try Bench.studioJob(9, .generate, "a man", band: .interactive)])
                let facts = try await bench.facts(4)
                for id in Int64(1)...3 { #expect(isSnoozed(facts[id]), "job \(id)") }
                #expect(facts[9]?.result != nil)
            }
            let shown = bench.progress(of: 2)
            #expect(shown.contains { $0.checkpoint == ArtifactDigest(of: [1, 2, 3]).hex }, "\(shown.prefix(3))")
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func urgentLongJobsMakeNoRoomForOthersOfTheirBand() async throws {
        try await Bench.with { bench in
            try await bench.push([try long(1, steps: 600, band: .interactive)])
            try await bench.running(bench.studioWorker()) { () async throws in
                try await bench.until("it is worked on") { bench.studio.members == [1] }
                try await bench.push([try Bench.studioJob(9, .generate, "a man", band: .interactive)])
                let facts = try await bench.facts(2)
                #expect(facts[1]?.result != nil && facts[9]?.result != nil)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func shortJobsOfTheSameBandHaveTheirTurn() async throws {
        try await Bench.with(Bench.quick { $0.turn = .milliseconds(300) }) { bench in
            try await bench.push(try (1...200).map { try long($0, steps: 40) })
            try await bench.running(bench.studioWorker()) { () async throws in
                try await bench.until("some are worked on") { bench.studio.members.count == 4 }
                try await bench.push([try Bench.studioJob(900, .generate, "a man")])
                let artifacts = bench.artifacts
                try await bench.until("the short one is done") { try await !artifacts.epochs(of: JobID(900)).isEmpty }
                var before = 0
                for id in Int64(1)...200 where try await !artifacts.epochs(of: JobID(id)).isEmpty { before += 1 }
                #expect(before < 150)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func drainingGivesAllOfThemBack() async throws {
        try await Bench.with { bench in
            let worker = bench.studioWorker()
            let run = Task { try await worker.run() }
            try await bench.push(try (1...3).map { try long($0, steps: 5_000) })
            try await bench.until("all are worked on") { bench.studio.members == [1, 2, 3] }
            worker.drain()
            #expect(try await bench.facts(3).values.allSatisfy(isSnoozed))
            try await run.value
            #expect(worker.heldCount == 0)
        }
    }

    // MARK: Bad ones among good ones

    @Test(.timeLimit(.minutes(15)))
    func whoFailsOrIsRefusedDoesSoAlone() async throws {
        try await Bench.with { bench in
            try await bench.push([
                try long(1, steps: 200), try long(2, "a broken man", steps: 200), try long(3, "an odd man", steps: 200),
            ])
            try await bench.running(bench.studioWorker()) { () async throws in
                let facts = try await bench.facts(3)
                #expect(facts[1]?.result != nil)
                #expect(
                    facts[2]?.failure
                        == JobFailure(code: "model_error", message: "cannot draw a broken man", retryable: true))
                #expect(
                    facts[3]?.failure
                        == JobFailure(code: "bad_request", message: "the caption is odd", retryable: false))
            }
            #expect(!bench.studio.snapshot.steps.contains { $0.contains(3) })
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aDeadDeviceBurnsNoAttemptOfAnyMember() async throws {
        try await Bench.with { bench in
            let worker = bench.studioWorker()
            let run = Task { try await worker.run() }
            try await bench.push(try (1...3).map { try long($0, steps: 5_000) })
            try await bench.until("all are worked on") { bench.studio.members == [1, 2, 3] }
            bench.studio.change { $0.isDead = true }
            #expect(try await bench.facts(3).values.allSatisfy(isSnoozed))
            let error = await #expect(throws: WorkerError.self) { try await run.value }
            #expect(error == .modelBroken("the device is gone"))
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func whomWorkersDiedUnderIsWorkedOnAlone() async throws {
        try await Bench.with { bench in
            try await bench.push([try long(1, steps: 50, crashes: 1), try long(2, steps: 50), try long(3, steps: 50)])
            try await bench.running(bench.studioWorker()) { () async throws in
                #expect(try await bench.facts(3).values.allSatisfy { $0.result != nil })
            }
            #expect(bench.studio.snapshot.steps.allSatisfy { !$0.contains(1) || $0 == [1] })
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func whomWorkersDiedUnderJoinsNobody() async throws {
        try await Bench.with { bench in
            try await bench.push([try long(1, steps: 400)])
            try await bench.running(bench.studioWorker()) { () async throws in
                try await bench.until("the first is worked on") { bench.studio.members == [1] }
                try await bench.push([try long(2, steps: 10, crashes: 1)])
                let facts = try await bench.facts(2)
                #expect(facts[1]?.result != nil)
                // Back to where another worker, or this one later, can have it for itself.
                #expect(isSnoozed(facts[2]))
            }
            #expect(!bench.studio.snapshot.steps.contains { $0.contains(2) })
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func evaluationsAreDoneOneAtATime() async throws {
        try await Bench.with { bench in
            let index = try await bench.artifacts.put(Array("{\"job\":1}\n".utf8), .input)
            try await bench.push(
                try (1...3).map {
                    try Bench.studioJob($0, .evaluate, inputs: JobInputs(index: .artifact(index.hex)))
                })
            try await bench.running(bench.studioWorker()) { () async throws in
                let facts = try await bench.facts(3)
                for fact in facts.values {
                    let result = try #require(fact.result)
                    let report = try #require(result.details.outputs.first)
                    #expect(report.name == "report.json" && result.codeDigest == report.digest)
                }
            }
            #expect(bench.studio.snapshot.steps.allSatisfy { $0.count == 1 })
        }
    }

    // MARK: What is shown and stored

    @Test(.timeLimit(.minutes(15)))
    func previewsAndLossesAreShownWhileItRunsAndKeptAtTheEnd() async throws {
        try await Bench.with(Bench.quick { $0.preview = .milliseconds(100) }) { bench in
            try await bench.push([try long(1, steps: 300)])
            var result: JobResult?
            try await bench.running(bench.studioWorker()) { () async throws in
                result = try await bench.facts(1)[1]?.result
            }
            let shown = bench.progress(of: 1)
            let preview = try #require(shown.compactMap(\.preview).first.flatMap(ArtifactDigest.init(hex:)))
            #expect(ArtifactKind.mediaType(of: try await bench.artifacts.get(preview)) == "image/png")
            let curves = try await shown.compactMap(\.curve).asyncMap { hex in
                LossCurve(decoding: try await bench.artifacts.get(try #require(ArtifactDigest(hex: hex))))
            }
            #expect(curves.count > 1 && curves.allSatisfy { ($0?.steps.count ?? 0) > 0 })
            let output = try #require(result?.details.outputs.first)
            #expect(output.name == "losses.json" && result?.details.outputs.count == 1)
            let last = LossCurve(
                decoding: try await bench.artifacts.get(try #require(ArtifactDigest(hex: output.digest))))
            #expect(last?.steps == Array(1...300) && last?.losses["pixel"]?.count == 300)
            let manifest = try await bench.artifacts.manifest(job: JobID(1), epoch: Epoch(10))
            #expect(manifest?.version == 2 && manifest?.details == result?.details)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aFullDiskPutsMembersOffThatAreDone() async throws {
        let store = InMemoryArtifactStore(capacity: 100)
        try await Bench.with(artifacts: store) { bench in
            try await bench.push(try (1...3).map { try long($0, steps: 10) })
            try await bench.running(bench.studioWorker()) { () async throws in
                #expect(try await bench.facts(3).values.allSatisfy(isSnoozed))
            }
        }
    }
}

extension Sequence {
    func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
