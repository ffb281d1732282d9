/// What figures are measured with.
final class Bench: Sendable {
    let servers: Servers
    let sizes: Sizes
    let yardsticks: Yardsticks
    /// Path of `tedi-coordinator`.
    let coordinator: String

    init(servers: Servers, sizes: Sizes, yardsticks: Yardsticks, coordinator: String) {
        self.servers = servers
        self.sizes = sizes
        self.yardsticks = yardsticks
        self.coordinator = coordinator
    }

    /// Runs `body` with a coordinator on an empty Redis, and on an empty database or on what was kept of one.
    func withSystem<Value: Sendable>(
        on database: BenchDatabase = .empty, _ body: @Sendable (System) async throws -> Value
    ) async throws -> Value {
        try await System.running(on: servers, database: database, coordinator: coordinator, body)
    }

    /// Drains of a database that was empty before the first, one after the other.
    func plainDrains(_ count: Int, isSettled: Bool = false) async throws -> [Drain] {
        try await withSystem { system in
            try await system.withWorkers(2) {
                var drains: [Drain] = []
                for _ in 0..<count {
                    let drain = try await Drain.measure(system, jobs: self.sizes.jobs, isSettled: isSettled)
                    Progress.say("drained at \(Int(drain.wholeRate)) jobs/s, \(Int(drain.rate)) from 90 to 10 %")
                    drains.append(drain)
                }
                return drains
            }
        }
    }

    /// Runs other queues once more, right beside something of ours.
    func rerun(_ peers: Set<String>) async throws -> Yardsticks {
        try await Yardsticks.measure(servers, peers: peers.sorted(), jobs: sizes.peerJobs)
    }
}
