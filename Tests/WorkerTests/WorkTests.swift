import Artifacts
import Images
import JobDispatch
import Jobs
import Testing
import WorkerRuntime

/// What a worker makes of jobs, on a real Redis.
@Suite struct WorkTests {
    @Test(.timeLimit(.minutes(15)))
    func jobsBecomePicturesWithTheirProvenance() async throws {
        try await Bench.with { bench in
            let worker = bench.worker()
            try await bench.push((1...10).map { Bench.job($0) })
            try await bench.running(worker) { () async throws in
                let facts = try await bench.facts(10)
                for (id, fact) in facts {
                    let result = try #require(fact.result)
                    let image = try await bench.artifacts.get(try #require(ArtifactDigest(hex: result.imageDigest)))
                    #expect(image.count == result.bytes)
                    let picture = try PNG.decode(image)
                    #expect(picture.width == 16 && picture.height == 16 && result.width == 16 && result.height == 16)
                    let manifest = try #require(
                        try await bench.artifacts.manifest(job: JobID(id), epoch: Epoch(id * 10)))
                    #expect(manifest.image.digest.hex == result.imageDigest)
                    #expect(manifest.request == String(decoding: Bench.job(id).payload, as: UTF8.self))
                    #expect(manifest.seed == UInt64(id) && manifest.sample == 0)
                    #expect(manifest.pack == .init(name: "stripes", digest: TestModel.digest))
                    #expect(manifest.attributes == ["Male": "present"])
                    #expect(manifest.worker == fact.worker.rawValue)
                    #expect(ArtifactDigest(of: try manifest.encoded()).hex == result.manifestDigest)
                    let code = try LatentCodeFile(decoding: try await bench.artifacts.get(manifest.code.digest))
                    #expect(code.layers == 2 && code.width == 4)
                    #expect(manifest.code.digest.hex == result.codeDigest)
                }
                #expect(Set(facts.values.compactMap(\.result?.imageDigest)).count == 10)
            }
            #expect(worker.heldCount == 0)
            #expect(try await bench.dispatch.claimedCount() == 0)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func theSameRequestMakesTheSameBytes() async throws {
        try await Bench.with { bench in
            try await bench.running(bench.worker()) { () async throws in
                try await bench.push((1...6).map { Bench.job($0) })
                let first = try await bench.facts(6)
                try await bench.push((1...6).reversed().map { Bench.job($0 + 100, payload: Bench.job($0).payload) })
                let second = try await bench.facts(6)
                for id in Int64(1)...6 {
                    let (one, two) = (first[id]?.result, second[id + 100]?.result)
                    #expect(one != nil && one?.imageDigest == two?.imageDigest && one?.codeDigest == two?.codeDigest)
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func theNextGroupIsClaimedWhileTheModelComputes() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isHeld = true }
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...4).map { Bench.job($0) })
                try await bench.until("the model got its group") { bench.switchboard.snapshot.running == 1 }
                // Trickling in, they still make one full group while it waits.
                for id in Int64(5)...9 { try await bench.push([Bench.job(id)]) }
                try await bench.until("the next group is claimed") { worker.heldCount == 8 }
                bench.switchboard.change { $0.isHeld = false }
                #expect(try await bench.facts(9).values.allSatisfy { $0.result != nil })
            }
            #expect(bench.switchboard.snapshot.groups.map(\.count) == [4, 4, 1])
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aJobThatWorkersDiedUnderRunsAlone() async throws {
        try await Bench.with { bench in
            try await bench.push([Bench.job(1), Bench.job(2, crashes: 1), Bench.job(3), Bench.job(4)])
            try await bench.running(bench.worker()) { () async throws in _ = try await bench.facts(4) }
            let seeds = bench.switchboard.snapshot.groups.map { $0.map(\.seed) }
            #expect(seeds == [[1], [2], [3, 4]])
        }
    }

    // MARK: Bad jobs among good ones

    @Test(.timeLimit(.minutes(15)))
    func aPayloadThatCannotBeReadFailsAlone() async throws {
        try await Bench.with { bench in
            let bad: [[UInt8]] = [
                [], Array("{".utf8), [0xFF, 0xFE], Array(#"{"kind":"generate","version":99}"#.utf8),
                Array(String(repeating: "[", count: 20_000).utf8),
            ]
            try await bench.push(
                bad.enumerated().map { Bench.job(Int64($0.offset) + 1, payload: $0.element) }
                    + (11...15).map { Bench.job($0) })
            try await bench.running(bench.worker()) { () async throws in
                let facts = try await bench.facts(10)
                for id in Int64(1)...5 {
                    #expect(facts[id]?.failure?.code == "bad_request")
                    #expect(facts[id]?.failure?.retryable == false)
                }
                for id in Int64(11)...15 { #expect(facts[id]?.result != nil) }
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aCaptionThatNamesNothingFailsAloneWithoutAPass() async throws {
        try await Bench.with { bench in
            try await bench.push([Bench.job(1), Bench.job(2, "unknown"), Bench.job(3)])
            try await bench.running(bench.worker()) { () async throws in
                let facts = try await bench.facts(3)
                #expect(facts[1]?.result != nil && facts[3]?.result != nil)
                #expect(
                    facts[2]?.failure
                        == JobFailure(code: "bad_request", message: "the caption names nothing", retryable: false))
            }
            #expect(bench.switchboard.snapshot.groups.map { $0.map(\.seed) } == [[1, 3]])
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func whoBreaksTheForwardPassFailsAlone() async throws {
        try await Bench.with(Bench.quick { $0.batch = 8 }) { bench in
            try await bench.push((1...8).map { Bench.job($0, $0 == 6 ? "broken man" : "a man") })
            try await bench.running(bench.worker()) { () async throws in
                let facts = try await bench.facts(8)
                for (id, fact) in facts where id != 6 { #expect(fact.result != nil, "job \(id)") }
                #expect(facts[6]?.failure?.code == "model_error")
                #expect(facts[6]?.failure?.retryable == true)
                #expect(facts[6]?.failure?.message.contains("broken man") == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func whereEveryJobOfAGroupIsBrokenTheyFailAndTheWorkerGoesOn() async throws {
        try await Bench.with { bench in
            try await bench.push([Bench.job(1, "broken"), Bench.job(2, "broken")])
            try await bench.running(bench.worker()) { () async throws in
                #expect(try await bench.facts(2).values.allSatisfy { $0.failure?.code == "model_error" })
                try await bench.push([Bench.job(3)])
                #expect(try await bench.facts(1)[3]?.result != nil)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aDeadDeviceStopsTheWorkerAndBurnsNoAttempt() async throws {
        try await Bench.with { bench in
            let worker = bench.worker()
            let run = Task { try await worker.run() }
            try await bench.push([Bench.job(1)])
            #expect(try await bench.facts(1)[1]?.result != nil)
            bench.switchboard.change { $0.isDead = true }
            try await bench.push((2...5).map { Bench.job($0) })
            let facts = try await bench.facts(4)
            for fact in facts.values {
                guard case .snoozed = fact.event else {
                    Issue.record("a job of a dead device was not put off: \(fact)")
                    continue
                }
            }
            let error = await #expect(throws: WorkerError.self) { try await run.value }
            #expect(error == .modelBroken("the device is gone"))
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aModelThatCannotBeMadeStopsTheWorkerBeforeItClaims() async throws {
        try await Bench.with { bench in
            bench.switchboard.change { $0.isDead = true }
            try await bench.push([Bench.job(1)])
            await #expect(throws: WorkerError.self) { try await bench.worker().run() }
            #expect(try await bench.dispatch.claimedCount() == 0)
            #expect(try await bench.dispatch.workers().isEmpty)
        }
    }

    // MARK: The artifact store

    @Test(.timeLimit(.minutes(15)))
    func aFullDiskPutsJobsOffAndStopsClaiming() async throws {
        let store = InMemoryArtifactStore(capacity: 100)
        try await Bench.with(artifacts: store) { bench in
            let worker = bench.worker()
            try await bench.running(worker) { () async throws in
                try await bench.push((1...2).map { Bench.job($0) })
                for fact in try await bench.facts(2).values {
                    guard case .snoozed(let delay) = fact.event else {
                        Issue.record("a full disk is not the job's fault: \(fact)")
                        continue
                    }
                    #expect(delay >= .seconds(2))
                }
                // Later ones wait in Redis, where other workers can take them.
                try await bench.push((11...13).map { Bench.job($0) })
                try await bench.until("claiming has stopped") { worker.heldCount == 0 }
                await store.setCapacity(1 << 30)
                #expect(try await bench.facts(3).values.allSatisfy { $0.result != nil })
            }
        }
    }
}
