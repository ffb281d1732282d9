package import Artifacts
package import Jobs
package import Logging
import ServiceLifecycle
import Telemetry
import Threads

/// A worker: claims jobs, computes them in micro-batches, stores the pictures, reports.
///
/// Three stages overlap: while the model computes one group, the next is claimed and the last one is encoded and stored.
/// The beat runs beside them, on a thread and a connection of its own, from the first claim to the last report.
package final class Worker: Service {
    /// What varies between a real worker and a test.
    package struct Options: Sendable {
        /// Name in leases and manifests.
        package var name = WorkerIdentity.make()
        /// Group of workers that are woken together.
        package var pool = WorkerAnnouncement.defaultPool
        /// Most pictures in one forward pass.
        package var batch = 16
        /// How long work under way may go on once draining.
        package var drain = Duration.seconds(25)
        /// Time between two beats; a quarter of the lease.
        package var beat = Duration.seconds(3)
        /// How long a lease lasts without a beat.
        package var lease = Duration.seconds(12)
        /// How long a forward pass or a write may take before the worker gives its jobs back and ends.
        package var stall = Duration.seconds(600)
        /// Models in memory at most; those beyond are made again when they are asked for.
        package var warm = 1
        /// Least time between two previews of a long job.
        package var preview = Duration.seconds(5)
        /// How long long jobs of a lane go on, joined by others, before other lanes have their turn.
        package var turn = Duration.seconds(60)
        /// Memory of the device in MiB, for people; 0 where it is not known.
        package var memory = 0

        package init() {}
    }

    private let options: Options
    private let queue: QueueLink
    private let artifacts: any ArtifactStore
    private let makeModels: [ModelFactory]
    private let onAbandoned: @Sendable () -> Void
    private let logger: Logger
    private let metrics = WorkerMetrics()
    private let held = HeldJobs()
    private let host: ModelHost
    private let control = Control()
    private let signals = Signals()
    private let prefetch: Prefetch
    private let outbox: Outbox
    private let gate: StoreGate
    private let inputs: InputLoader
    private let previews: PreviewStage

    /// Creates a worker; nothing is opened before ``run()``.
    ///
    /// - Parameters:
    ///   - onAbandoned: called when all jobs were given back while a forward pass may still be under way, which nothing
    ///     can interrupt: the place to end the process.
    ///   - makeModels: one for each model that the worker has.
    package init(
        _ options: Options, queue: any WorkQueue, artifacts: any ArtifactStore, logger: Logger,
        onAbandoned: @escaping @Sendable () -> Void = {}, makeModels: [ModelFactory]
    ) {
        var logger = logger
        logger[metadataKey: LogKey.worker] = "\(options.name)"
        self.options = options
        self.artifacts = artifacts
        self.makeModels = makeModels
        host = ModelHost(warm: options.warm)
        self.onAbandoned = onAbandoned
        self.logger = logger
        self.queue = QueueLink(options, queue: queue, logger: logger)
        prefetch = Prefetch(capacity: options.batch, turn: options.turn)
        outbox = Outbox(queue: self.queue, held: held, metrics: metrics, logger: logger)
        gate = StoreGate(store: artifacts, logger: logger)
        previews = PreviewStage(artifacts: artifacts, logger: logger)
        inputs = InputLoader(
            queue: self.queue, held: held, outbox: outbox, gate: gate, artifacts: artifacts, logger: logger)
    }

    /// How many leases this worker holds.
    package var heldCount: Int { held.count }

    /// Stops claiming, gives back what no forward pass has begun, finishes the rest; ``run()`` then returns.
    package func drain() { control.advance(to: .draining) }

    /// Gives everything back; results that come later are dropped.
    package func abandon() { control.advance(to: .abandoning) }

    /// Runs until drained; throws if the model cannot be made or used.
    package func run() async throws {
        let identities = try await load()
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await work(identities)
            } onCancel: {
                abandon()
            }
        } onGracefulShutdown: {
            self.drain()
        }
    }

    private func load() async throws -> [ModelIdentity] {
        do {
            return try await host.load(makeModels)
        } catch let error as ModelError {
            throw WorkerError.modelBroken(error.message)
        }
    }

    private func work(_ models: [ModelIdentity]) async throws {
        let beater = Beater(
            queue: queue, held: held, outbox: outbox, signals: signals, metrics: metrics, logger: logger,
            interval: options.beat, prefetch: prefetch
        ) { [weak self] in self?.drain() }
        let announcement = options.announcement(of: models)
        queue.serve(announcement.models)
        for model in models {
            logger.info(
                "Worker started",
                metadata: [
                    LogKey.model: "\(model.name)", LogKey.digest: "\(model.digest)",
                    LogKey.count: "\(options.batch)", LogKey.version: "\(Versions.tedi)",
                ])
        }
        var failure: WorkerError?
        await withTaskGroup { tasks in
            tasks.addTask { await beater.run(announcement) }
            failure = await stages(models)
            beater.stop()
        }
        await host.unload()
        await queue.close()
        logger.info("Worker stopped")
        if let failure { throw failure }
    }

    /// Runs the stages until drained; returns what broke the model, if anything did.
    private func stages(_ models: [ModelIdentity]) async -> WorkerError? {
        let handover = Handover<ComputedBatch>(capacity: 2)
        let claimer = Claimer(
            queue: queue, prefetch: prefetch, held: held, outbox: outbox, inputs: inputs, gate: gate, signals: signals,
            metrics: metrics, logger: logger)
        let computing = ModelStage(
            queue: queue, host: host, prefetch: prefetch, held: held, signals: signals, artifacts: artifacts,
            inputs: inputs, outbox: outbox, adoption: Adoption(artifacts: artifacts, logger: logger),
            capacity: options.batch, previews: previews,
            previewInterval: options.preview, output: handover, metrics: metrics, logger: logger)
        let storing = StoreStage(
            input: handover, artifacts: artifacts, outbox: outbox, held: held, worker: options.name, models: models,
            gate: gate, metrics: metrics, logger: logger)
        let claiming = Task { await claimer.run() }
        return await withTaskGroup { tasks in
            tasks.addTask { await self.keepDeadline() }
            tasks.addTask { await self.watchForStall() }
            tasks.addTask { await self.queue.keepLanesFresh() }
            tasks.addTask { await self.giveBackEverything() }
            async let reporting: Void = outbox.run()
            async let drained: Void = giveBackUnstarted(claiming)
            async let stored: Void = store(storing)
            async let shown: Void = previews.run()
            let failure = await self.computed(computing)
            previews.finish()
            await shown
            await stored
            await drained
            outbox.finish()
            await reporting
            control.advance(to: .stopped)
            tasks.cancelAll()
            return failure
        }
    }

    /// How far encoding and storing stand back: the model's next pass waits for a few short tasks, and these would wait
    /// for a time slice of theirs.
    package static let niceness = 5

    /// On a thread of its own: compression would hold up whoever waits for a thread of the pool.
    private func store(_ stage: StoreStage) async {
        let thread = ThreadExecutor(name: "pictures", niceness: Self.niceness)
        await withTaskExecutorPreference(thread) { await stage.run() }
    }

    private func computed(_ stage: ModelStage) async -> WorkerError? {
        do throws(WorkerError) {
            try await stage.run()
            return nil
        } catch {
            logger.critical("The model cannot be used any more", metadata: [LogKey.error: "\(error)"])
            drain()
            return error
        }
    }

    /// The end of claiming: waits for it, and gives back what no forward pass has begun.
    private func giveBackUnstarted(_ claiming: Task<Void, Never>) async {
        await control.wait(for: .draining)
        logger.info("Draining", metadata: [LogKey.count: "\(held.count)"])
        signals.end()
        let jobs = prefetch.close()
        claiming.cancel()
        await queue.stopWaiting()
        await claiming.value
        await outbox.add(jobs.map { queue.fact($0.lease, .snoozed(.zero)) })
    }

    /// Gives everything back when the time to drain is over.
    private func keepDeadline() async {
        await control.wait(for: .draining)
        do {
            try await Task.sleep(for: options.drain)
            logger.warning("The time to drain is over", metadata: [LogKey.count: "\(held.count)"])
            abandon()
        } catch {
            // Drained in time.
        }
    }

    /// Gives everything back where a pass or a write hangs, which would otherwise keep its leases for ever: the beat
    /// goes on whatever the other threads do.
    private func watchForStall() async {
        while !Task.isCancelled {
            do {
                try await Task.sleep(for: options.stall / 10)
            } catch {
                return
            }
            guard let stage = held.stalled(for: options.stall) else { continue }
            logger.critical(
                "Nothing has moved for too long; giving all jobs back",
                metadata: [LogKey.stage: "\(stage)", LogKey.count: "\(held.count)"])
            drain()
            abandon()
            return
        }
    }

    private func giveBackEverything() async {
        await control.wait(for: .abandoning)
        // Further than that there is nothing left to give back.
        guard control.phase == .abandoning else { return }
        outbox.abandon()
        await queue.giveBack(held.surrender())
        onAbandoned()
    }
}
