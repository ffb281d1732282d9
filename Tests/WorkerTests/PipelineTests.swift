import Foundation
import Jobs
import Testing
import WorkerRuntime

/// The parts of the pipeline that decide, without Redis, disk or model.
@Suite struct PipelineTests {
    private func job(_ id: Int64, lane: Int64 = 1, crashes: Int = 0) -> ClaimedJob {
        let request = JobRequest(caption: "a smiling man", seed: UInt64(id), sample: 0, model: "m")
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
