import ArgumentParser
import Artifacts
import Client
import CoreMetrics
import Dispatch
import Foundation
import JobDispatch
import Jobs
import Logging
import Redis
import ServiceLifecycle
import Synchronization
import Telemetry
import UnixSignals

/// A worker as a process of its own: settings in, works until SIGTERM, exit code out.
package enum WorkerProcess {
    /// Runs until the worker has ended.
    /// - Parameters:
    ///   - configuration: The settings.
    ///   - makeModels: One for each model that the worker has.
    package static func run(_ configuration: WorkerConfiguration, makeModels: [ModelFactory]) async throws {
        Bootstrap.logging(level: configuration.logLevel)
        let registry = PrometheusRegistry(help: MetricName.help.merging(WorkerMetrics.help) { own, _ in own })
        MetricsSystem.bootstrap(registry)
        let logger = Logger(label: "tedi.worker")
        guard let api = configuration.api else {
            return try await serve(configuration, try configuration.redisQueue(logger), makeModels, registry, logger)
        }
        let key = try configuration.apiKey.map { secret in
            guard let key = ApiKey(secret) else {
                throw WorkerConfigurationError(.apiKey, "is not an API key; keys begin with “tedi_”")
            }
            return key
        }
        try await TediClient.connected(to: api, apiKey: key) { client in
            let queue = HTTPQueue(client, lease: .seconds(configuration.leaseSeconds))
            try await serve(configuration, queue, makeModels, registry, logger)
        }
    }

    private static func serve(
        _ configuration: WorkerConfiguration, _ queue: any WorkQueue, _ makeModels: [ModelFactory],
        _ registry: PrometheusRegistry, _ logger: Logger
    ) async throws {
        let worker = try configuration.worker(on: queue, logger: logger, makeModels: makeModels) {
            // A forward pass cannot be interrupted, and its results are nobody's any more. Static destructors of
            // LibTorch must not run under it either, hence not exit(3).
            _exit(0)
        }
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(
                service: worker, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup)
        ]
        if let file = configuration.metricsFile {
            // Before the worker, for services end in reverse order: what the drain finishes is counted too.
            services.insert(.init(service: MetricsFile(path: file, registry: registry, logger: logger)), at: 0)
        }
        let secondSignal = SecondSignal { worker.abandon() }
        defer { secondSignal.cancel() }
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch {
            logger.critical("Worker failed", metadata: [LogKey.error: "\(error)"])
            throw ExitCode.failure
        }
    }

    /// Makes each model, lets it make a picture, and releases it.
    /// - Returns: What they are.
    package static func check(_ makeModels: [ModelFactory]) async throws -> [ModelIdentity] {
        let host = ModelHost()
        do {
            let identities = try await host.load(makeModels)
            await host.unload()
            return identities
        } catch let error as ModelError {
            throw WorkerError.modelBroken(error.message)
        }
    }
}

extension WorkerConfiguration {
    /// The worker that these settings describe.
    func worker(
        on queue: any WorkQueue, logger: Logger, makeModels: [ModelFactory], onAbandoned: @escaping @Sendable () -> Void
    ) throws -> Worker {
        var options = Worker.Options()
        if let name { options.name = name }
        options.pool = pool
        options.batch = batch
        options.drain = .seconds(drainSeconds)
        options.lease = .seconds(leaseSeconds)
        options.beat = options.lease / 4
        options.warm = warm ?? max(1, makeModels.count)
        return Worker(
            options, queue: queue, artifacts: LocalArtifactStore(directory: artifacts, niceness: Worker.niceness),
            logger: logger, onAbandoned: onAbandoned, makeModels: makeModels)
    }

    /// The queue in Redis.
    func redisQueue(_ logger: Logger) throws -> JobDispatch {
        var redis = try redisOptions()
        redis.clientName = "tedi-worker"
        // A beat that gets no answer is tried twice more before its leases run out.
        let lease = Duration.seconds(leaseSeconds)
        redis.connectTimeout = min(.seconds(2), lease / 6)
        redis.timeout = min(.seconds(3), lease / 4)
        redis.logger = logger
        let numbers = DispatchConfiguration(namespace: namespace, lease: lease, beat: lease / 4)
        return JobDispatch(redis, configuration: numbers, logger: logger)
    }
}

/// Watches for a signal after the one that began the drain.
private final class SecondSignal: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>

    init(_ body: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "tedi.worker.signals")
        let count = Counter()
        sources = Mutex(
            [SIGTERM, SIGINT].map { number in
                let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
                source.setEventHandler {
                    if count.value.add(1, ordering: .relaxed).newValue > 1 { body() }
                }
                source.resume()
                return source
            })
    }

    func cancel() {
        sources.withLock { sources in
            for source in sources { source.cancel() }
        }
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }
}
