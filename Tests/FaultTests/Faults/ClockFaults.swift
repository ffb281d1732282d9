import Testing

extension FaultSuite {
    @Suite("Clocks", .serialized)
    struct ClockFaults {
        @Test(
            "10: the clocks of a worker and of the coordinator step by an hour while they work",
            .timeLimit(.minutes(3)), arguments: [-3600, 3600] as [Int64])
        func steppingClock(_ step: Int64) async throws {
            try await FaultWorld.with(.init(coordinators: 0, workers: 0)) { world in
                let clock = try WallClock(folder: world.folder)
                let coordinator = try await world.startCoordinator(environment: clock.environment)
                try await world.startWorker(environment: clock.environment)
                try await world.startWorker()
                try await world.waitForModel()
                let start = ContinuousClock.now
                try await world.submit(Array(repeating: "ms=20", count: 600))
                try await world.ended(100)
                try clock.set(step)
                // Jobs that are due again by the clock of PostgreSQL, not by that of a coordinator; and jobs that last
                // longer than a lease, so that beats must go on.
                try await world.submit(Array(repeating: "fail=1 retry_after=1000", count: 10))
                try await world.submit(Array(repeating: "ms=8000", count: 8))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 618)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE crashes > 0") == 0)
                #expect(
                    try await world.number("SELECT term FROM leader") == 1, "\(coordinator.plan.name) lost its lease")
                #expect(ContinuousClock.now - start < .seconds(60), "something waited for a clock")
            }
        }
    }
}
