import Synchronization

/// What figures are measured with.
final class Bench: Sendable {
    let servers: Servers
    let sizes: Sizes
    let yardsticks: Yardsticks
    /// Path of `tedi-coordinator`.
    let coordinator: String
    private let baseline = Mutex<Drain?>(nil)

    init(servers: Servers, sizes: Sizes, yardsticks: Yardsticks, coordinator: String) {
        self.servers = servers
        self.sizes = sizes
        self.yardsticks = yardsticks
        self.coordinator = coordinator
    }

    /// Runs `body` with a coordinator on an empty database and an empty Redis.
    func withSystem<Value: Sendable>(_ body: @Sendable (System) async throws -> Value) async throws -> Value {
        try await System.running(on: servers, coordinator: coordinator, body)
    }

    /// The plain drain, measured once: what others are compared with.
    func plainDrain() async throws -> Drain {
        if let known = baseline.withLock({ $0 }) { return known }
        let drain = try await withSystem { system in
            try await system.withWorkers(2) { try await Drain.measure(system, jobs: self.sizes.jobs) }
        }
        baseline.withLock { $0 = drain }
        return drain
    }
}
