import ArgumentParser
import Artifacts
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
        let worker = try configuration.worker(logger: logger, makeModels: makeModels) {
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
        logger: Logger, makeModels: [ModelFactory], onAbandoned: @escaping @Sendable () -> Void
    ) throws -> Worker {
        var options = Worker.Options()
        if let name { options.name = name }
        options.pool = pool
        options.batch = batch
        options.drain = .seconds(drainSeconds)
        options.warm = warm ?? max(1, makeModels.count)
        var redis = try redisOptions()
        redis.clientName = "tedi-worker"
        // A beat that gets no answer is tried twice more before its leases run out.
        redis.connectTimeout = .seconds(2)
        redis.timeout = .seconds(3)
        redis.logger = logger
        let numbers = DispatchConfiguration(namespace: namespace, lease: options.lease, beat: options.beat)
        return Worker(
            options, queue: JobDispatch(redis, configuration: numbers, logger: logger),
            artifacts: LocalArtifactStore(directory: artifacts), logger: logger, onAbandoned: onAbandoned,
            makeModels: makeModels)
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
