import Logging
import ServiceLifecycle
import Telemetry

@testable import Coordinator

/// A coordinator with all its services, in this process, listening on a free port of the loopback.
final class RunningCoordinator: Sendable {
    let api: API
    let coordinator: Coordinator
    private let group: ServiceGroup
    private let task: Task<Void, any Error>

    private init(_ coordinator: Coordinator, _ group: ServiceGroup, _ task: Task<Void, any Error>, _ address: String) {
        self.coordinator = coordinator
        self.group = group
        self.task = task
        api = API(base: "http://\(address)")
    }

    /// Starts one and returns when it accepts requests.
    static func start(in world: World, name: String = "one") async throws -> RunningCoordinator {
        try await start(world.configuration(name: name))
    }

    static func start(
        _ configuration: CoordinatorConfiguration, logger given: Logger? = nil
    ) async throws -> RunningCoordinator {
        var quiet = Logger(label: "test.coordinator.\(configuration.name)")
        quiet.logLevel = .critical
        let logger = given ?? quiet
        let coordinator = try Coordinator(configuration, registry: PrometheusRegistry(), logger: logger)
        try await coordinator.prepare(migrating: false)
        let (addresses, listening) = AsyncStream.makeStream(of: String.self)
        let group = coordinator.serviceGroup { listening.yield($0) }
        let task = Task {
            defer { listening.finish() }
            try await group.run()
        }
        for await address in addresses { return RunningCoordinator(coordinator, group, task, address) }
        try await task.value
        throw TimeoutError(what: "the coordinator ended before it listened")
    }

    /// Ends it as SIGTERM does, and waits for its end.
    func stop() async throws {
        await group.triggerGracefulShutdown()
        try await task.value
    }

    /// Ends it as a second signal does: nothing is finished or given up.
    func kill() async {
        task.cancel()
        _ = await task.result
    }

    /// Runs a test with one coordinator.
    static func with<Value: Sendable>(
        _ world: World, _ body: @Sendable (RunningCoordinator) async throws -> Value
    ) async throws -> Value {
        let coordinator = try await start(in: world)
        do {
            let value = try await body(coordinator)
            try await coordinator.stop()
            return value
        } catch {
            await coordinator.kill()
            throw error
        }
    }
}

struct TimeoutError: Error { let what: String }

/// Waits until something is so.
func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TimeoutError(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}
