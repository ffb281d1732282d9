import Foundation
import Jobs
import Testing
import WorkerRuntime

/// The parts of the pipeline that decide, without Redis, disk or model.
@Suite struct PipelineTests {
    private func job(
        _ id: Int64, lane: Int64 = 1, crashes: Int = 0, kind: JobKind = .generate, frames: Int? = nil,
        options: JobOptions? = nil
    ) -> ClaimedJob {
        let request = JobRequest(
            kind: kind, caption: "a smiling man", seed: UInt64(id), sample: 0, model: "m",
            options: options ?? JobOptions(frames: frames))
        return ClaimedJob(
            DispatchedJob(
                lease: Lease(job: JobID(id), epoch: Epoch(id)), batch: BatchID(1), lane: LaneID(lane), attempt: 1,
                crashes: crashes, payload: request.encoded()),
            request: request)
    }

    // MARK: Prefetch

    @Test func groupsAreOfOneLaneAndCrashedJobsRunAlone() {
        let one = [job(1), job(2), job(3, lane: 2)]
        #expect(Prefetch.groupSize(one) == 2)
        #expect(Prefetch.groupSize([job(1, crashes: 1), job(2)]) == 1)
        #expect(Prefetch.groupSize([job(1), job(2, crashes: 2), job(3)]) == 1)
        #expect(Prefetch.groupSize([]) == 0)
    }

    @Test func theGroupGrowsUntilTheModelAsks() async {
        let prefetch = Prefetch(capacity: 4)
        #expect(await prefetch.room() == .init(count: 4, lane: nil))
        #expect(prefetch.add([job(1)]))
        #expect(await prefetch.room() == .init(count: 3, lane: LaneID(1)))
        #expect(prefetch.add([job(2), job(3)]))
        #expect(await prefetch.next()?.map(\.lease.job.rawValue) == [1, 2, 3])
        #expect(await prefetch.room() == .init(count: 4, lane: nil))
    }

    @Test(.timeLimit(.minutes(15)))
    func aFullPrefetchHoldsUpTheClaimer() async {
        let prefetch = Prefetch(capacity: 2)
        #expect(prefetch.add([job(1), job(2)]))
        async let room = prefetch.room()
        #expect(await prefetch.next()?.count == 2)
        #expect(await room?.count == 2)
    }

    @Test(.timeLimit(.minutes(15)))
    func closingWakesBothSidesAndGivesBackTheRest() async {
        let prefetch = Prefetch(capacity: 1)
        async let group = prefetch.next()
        #expect(prefetch.close().isEmpty)
        #expect(await group == nil)
        #expect(await prefetch.room() == nil)
        #expect(!prefetch.add([job(1)]))

        let full = Prefetch(capacity: 1)
        #expect(full.add([job(7)]))
        async let room = full.room()
        #expect(full.close().map(\.lease.job.rawValue) == [7])
        #expect(await room == nil)
        #expect(await full.next() == nil)
    }

    @Test func jobsOfManyFramesShareAPassOnlyWhileTheyAreFew() {
        let jobs = (1...5).map { job($0, kind: .interpolate, frames: 100) }
        #expect(Prefetch.groupSize(jobs) == 2)
        let fitted = (1...16).map { job($0, kind: .invert, options: JobOptions(steps: 200)) }
        #expect(Prefetch.groupSize(fitted) == 5)
        #expect(Prefetch.groupSize((1...16).map { job($0, options: JobOptions(bestOf: 64)) }) == 4)
        #expect(
            Prefetch.groupSize([job(1, kind: .interpolate, frames: 240), job(2, kind: .interpolate, frames: 60)]) == 1)
    }

    @Test func theRoomOfACohortGrowsWithItAndEndsWhereItIsClosed() async {
        let prefetch = Prefetch(capacity: 8)
        #expect(prefetch.add([job(1, kind: .longDrill)]))
        #expect(await prefetch.next()?.count == 1)
        #expect(await prefetch.room() == .init(count: 1, lane: LaneID(1), isOfCohort: true))
        #expect(prefetch.add([job(2, kind: .longDrill)]))
        #expect(await prefetch.room()?.count == 2)
        #expect(prefetch.newcomers().map(\.lease.job.rawValue) == [2])
        #expect(prefetch.newcomers().isEmpty)
        #expect(prefetch.add((3...6).map { job($0, kind: .longDrill) }))
        #expect(await prefetch.room()?.count == 2)
        #expect(prefetch.newcomers().count == 4)
        for _ in 0..<5 { prefetch.memberLeft() }
        #expect(await prefetch.room()?.count == 1)
        #expect(prefetch.add([job(7, kind: .longDrill)]))
        #expect(prefetch.leftovers().map(\.lease.job.rawValue) == [7])
        prefetch.closeCohort()
        async let room = prefetch.room()
        // Its end makes room for whatever comes.
        async let group = prefetch.next()
        #expect(await room == .init(count: 8, lane: nil))
        #expect(prefetch.add([job(8, lane: 2)]))
        #expect(await group?.count == 1)
    }

    @Test(.timeLimit(.minutes(15)))
    func aSuspectAndAnEvaluationHaveNoCompany() async {
        for lonely in [job(1, crashes: 1, kind: .longDrill), job(1, kind: .evaluate)] {
            let prefetch = Prefetch(capacity: 8)
            #expect(prefetch.add([lonely]))
            #expect(await prefetch.next()?.count == 1)
            async let room = prefetch.room()
            async let group = prefetch.next()
            #expect(await room == .init(count: 8, lane: nil))
            _ = prefetch.close()
            #expect(await group == nil)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func theTurnOfALaneEndsWithItsTime() async throws {
        let prefetch = Prefetch(capacity: 8, turn: .milliseconds(100))
        #expect(prefetch.add([job(1, kind: .longDrill)]))
        #expect(await prefetch.next()?.count == 1)
        #expect(prefetch.overdueLane == nil)
        try await Task.sleep(for: .milliseconds(150))
        #expect(prefetch.overdueLane == LaneID(1))
        // Nobody else may want it.
        #expect(await prefetch.room()?.isOfCohort == true)
        async let group = prefetch.next()
        _ = prefetch.close()
        #expect(await group == nil)
        #expect(prefetch.overdueLane == nil)
    }

    // MARK: Losses

    @Test func longCurvesAreThinnedOutAndSurviveTheRoundTrip() {
        var curve = LossCurve()
        for step in 1...5_000 { curve.append(step: step, ["total": Double(step), "clip": step > 100 ? 1 : .nan]) }
        #expect(curve.steps.count <= LossCurve.capacity && curve.steps.count > LossCurve.capacity / 4)
        #expect(curve.steps.first == 1 || curve.steps.first ?? 0 < 32)
        #expect(curve.losses["total"] == curve.steps.map(Double.init))
        #expect(Set(curve.steps).count == curve.steps.count)
        let back = LossCurve(decoding: curve.encoded())
        #expect(back?.steps == curve.steps && back?.losses == curve.losses)
        #expect(LossCurve(decoding: Array("{}".utf8)) == nil)
        #expect(LossCurve(decoding: Array(#"{"steps":[1],"losses":{"total":[]}}"#.utf8)) == nil)
    }

    // MARK: Handover

    @Test(.timeLimit(.minutes(15)))
    func aHandoverKeepsOrderAndBound() async {
        let handover = Handover<Int>(capacity: 2)
        async let sent: Void = {
            for number in 0..<100 { await handover.send(number) }
            handover.finish()
        }()
        var received: [Int] = []
        while let number = await handover.receive() { received.append(number) }
        await sent
        #expect(received == Array(0..<100))
        #expect(await handover.receive() == nil)
    }

    // MARK: Bisection

    @Test(arguments: [1, 2, 3, 7, 16, 31])
    func onlyTheGuiltyFail(_ count: Int) {
        for guilty in [[], [0], [count - 1], [count / 2], Array(0..<count)] as [[Int]] {
            var runs = 0
            let results = bisecting(Array(0..<count)[...]) { (group) throws(ModelError) in
                runs += 1
                if let item = group.first(where: guilty.contains) { throw ModelError.failed("\(item)") }
                return group.map { $0 * 2 }
            }
            let expected = (0..<count).map { item -> Result<Int, ModelError> in
                guilty.contains(item) ? .failure(.failed("\(item)")) : .success(item * 2)
            }
            #expect(results == expected)
            if guilty.count == 1 { #expect(Double(runs) <= 1 + 2 * log2(Double(count)).rounded(.up)) }
        }
    }

    // MARK: Leases

    @Test func aDroppedJobIsStoppedAtItsNextStage() {
        let held = HeldJobs()
        let (one, two) = (job(1).lease, job(2).lease)
        held.add([one, two])
        #expect(held.drop(one))
        #expect(!held.drop(one))
        #expect(held.live == [two])
        #expect(!held.advance(one, to: .computing))
        #expect(held.advance(two, to: .computing))
        #expect(held.count == 1)
        #expect(held.surrender() == [two])
        #expect(!held.advance(two, to: .storing))
        #expect(held.count == 0)
        #expect(held.surrender().isEmpty)
    }

    @Test(.timeLimit(.minutes(15)))
    func nobodyWaitsForJobsThatAreBehindOnceTheSuspectIsGone() async {
        let held = HeldJobs()
        let (suspect, next) = (job(1, crashes: 1).lease, job(2).lease)
        held.add([suspect, next], suspects: [suspect])
        #expect(held.advance(suspect, to: .computing))
        async let settled: Void = held.waitUntilSettled()
        // The inputs of the next one are read before whoever waits looks again.
        #expect(held.advance(next, to: .waiting))
        held.remove([suspect])
        await settled
        #expect(held.live == [next])

        held.add([suspect], suspects: [suspect])
        #expect(held.drop(suspect))
        await held.waitUntilSettled()
    }

    // MARK: Outages

    @Test func anOutageOfTheStoreIsAnnouncedOnce() {
        var health = StoreHealth()
        #expect(health.succeeded() == nil)
        #expect(health.failed(bytes: 70) == .down)
        #expect(health.failed(bytes: 50) == nil)
        #expect(health.isDown)
        #expect(health.missing == 70)
        // A probe that went well opens the gate; only a write ends the outage.
        health.probed()
        #expect(!health.isDown)
        #expect(health.failed(bytes: 80) == nil)
        #expect(health.isDown)
        #expect(health.missing == 80)
        #expect(health.succeeded() == .back)
        #expect(health.succeeded() == nil)
        #expect(health.failed(bytes: 1) == .down)
    }

    @Test func waitsGrowToTheCapAndStartAnew() {
        var backoff = Backoff(from: .milliseconds(100), upTo: .seconds(2))
        for round in 0..<2 {
            var last = Duration.zero
            for attempt in 0..<40 {
                let wait = backoff.next()
                let whole = min(Duration.seconds(2), .milliseconds(100) * (1 << min(attempt, 20)))
                #expect(wait >= whole * 0.5 && wait <= whole, "round \(round), attempt \(attempt)")
                last = wait
            }
            #expect(last >= .seconds(1))
            backoff.reset()
        }
    }

    @Test func waitsAfterTheSameFailureDiffer() {
        let waits = (0..<50).map { _ -> Duration in
            var backoff = Backoff(from: .seconds(1), upTo: .seconds(2))
            return backoff.next()
        }
        #expect(Set(waits).count > 40)
        // From half a second to a whole one. That fifty of them lie within half of that happens once in 10^13 times.
        let spread = (waits.max() ?? .zero) - (waits.min() ?? .zero)
        #expect(spread >= .milliseconds(250), "\(waits)")
    }

    @Test(.timeLimit(.minutes(15)))
    func thePhasesOfAWorkerOnlyMoveOn() async {
        let control = Control()
        async let draining: Void = control.wait(for: .draining)
        async let stopped: Void = control.wait(for: .stopped)
        control.advance(to: .abandoning)
        await draining
        control.advance(to: .draining)
        #expect(control.phase == .abandoning)
        control.advance(to: .stopped)
        await stopped
    }
}
