import ArgumentParser
import Artifacts
import CoreMetrics
import Dispatch
import Foundation
import Logging
import Redis
import ServiceLifecycle
import Synchronization
import Telemetry
import Torch
import UnixSignals

/// `tedi-worker run`.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Works until SIGTERM.",
        discussion: """
            SIGTERM and SIGINT drain: jobs that were not begun go back to the queue at once, those under way are \
            finished and reported, and the worker exits with 0. A second signal, or --drain-seconds, gives the rest \
            back as well. No attempt of a job is counted for any of this.
            """)

    @OptionGroup var options: WorkerOptions

    func run() async throws {
        let configuration = try options.checkedConfiguration()
        Bootstrap.logging(level: configuration.logLevel)
        let registry = PrometheusRegistry(help: MetricName.help.merging(WorkerMetrics.help) { own, _ in own })
        MetricsSystem.bootstrap(registry)
        let logger = Logger(label: "tedi.worker")
        let worker = try configuration.worker(logger: logger) {
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
}

extension WorkerOptions {
    /// The settings, or a message and exit code 2.
    func checkedConfiguration() throws -> WorkerConfiguration {
        do {
            return try configuration()
        } catch {
            FileHandle.standardError.write(Data("tedi-worker: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}

extension WorkerConfiguration {
    /// The worker that these settings describe.
    func worker(logger: Logger, onAbandoned: @escaping @Sendable () -> Void) throws -> Worker {
        var options = Worker.Options()
        options.pool = pool
        options.batch = batch
        options.drain = .seconds(drainSeconds)
        var redis = try RedisOptions(address: self.redis)
        redis.clientName = "tedi-worker"
        // A beat that gets no answer is tried twice more before its leases run out.
        redis.connectTimeout = .seconds(2)
        redis.timeout = .seconds(3)
        redis.logger = logger
        return Worker(
            options, redis: redis, namespace: namespace, artifacts: LocalArtifactStore(directory: artifacts),
            logger: logger, onAbandoned: onAbandoned, makeModel: modelFactory)
    }

    /// Makes the model; to be called on the model's thread.
    var modelFactory: @Sendable () throws -> any ImageModel {
        let (pack, device, threads, batch) = (pack, device, threads, batch)
        return {
            Torch.configure()
            return try TediGANModel(path: pack, device: device, threads: threads, batch: batch)
        }
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
