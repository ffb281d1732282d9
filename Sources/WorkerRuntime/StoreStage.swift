import Artifacts
import Failpoints
import Images
import Jobs
import Logging
import Telemetry

/// Encodes pictures, stores them with their provenance, and reports; the third stage, beside the model.
final class StoreStage: Sendable {
    private let input: Handover<ComputedBatch>
    private let artifacts: any ArtifactStore
    private let outbox: Outbox
    private let held: HeldJobs
    private let worker: WorkerName
    private let models: [String: ModelIdentity]
    private let gate: StoreGate
    private let metrics: WorkerMetrics
    private let logger: Logger

    init(
        input: Handover<ComputedBatch>, artifacts: any ArtifactStore, outbox: Outbox, held: HeldJobs,
        worker: WorkerName, models: [ModelIdentity], gate: StoreGate, metrics: WorkerMetrics, logger: Logger
    ) {
        self.input = input
        self.artifacts = artifacts
        self.outbox = outbox
        self.held = held
        self.worker = worker
        self.models = Dictionary(models.map { ($0.digest, $0) }) { first, _ in first }
        self.gate = gate
        self.metrics = metrics
        self.logger = logger
    }

    /// Runs until the model stage has handed over its last batch.
    func run() async {
        while let batch = await input.receive() {
            let clock = ContinuousClock()
            let start = clock.now
            let facts = await settle(batch)
            metrics.stored(in: clock.now - start)
            await outbox.add(facts)
        }
    }

    private func settle(_ batch: ComputedBatch) async -> [Fact] {
        var facts: [Fact] = []
        var pictures: [Picture] = []
        for (job, outcome) in zip(batch.jobs, batch.outcomes) where held.advance(job.lease, to: .storing) {
            switch outcome {
            case .image(let image):
                do {
                    pictures.append(try Picture(job, image))
                } catch {
                    facts.append(fact(job, .failed(error)))
                }
            case .result(let result): facts.append(fact(job, .done(result)))
            case .yielded: facts.append(fact(job, .snoozed(.zero)))
            case .failed(.away(let message)):
                gate.failed(ArtifactError(.unavailable, message), bytes: 1)
                facts.append(fact(job, Self.putOff()))
            case .failed(let error): facts.append(fact(job, .failed(JobFailure(error))))
            case .modelBroken: facts.append(fact(job, .snoozed(.seconds(5))))
            }
        }
        return facts + (await store(pictures, batch))
    }

    /// Objects first, then manifests: whoever sees a manifest finds its objects.
    private func store(_ pictures: [Picture], _ batch: ComputedBatch) async -> [Fact] {
        guard !pictures.isEmpty else { return [] }
        do throws(ArtifactError) {
            let clock = ContinuousClock()
            let start = clock.now
            try await artifacts.putMany(pictures.flatMap(\.objects))
            let timings = ["model": batch.modelTime.milliseconds, "store": (clock.now - start).milliseconds]
            let manifests = pictures.compactMap { picture in
                models[picture.job.request.model].map { picture.manifest(model: $0, worker: worker, timings: timings) }
            }
            let digests = try await artifacts.write(manifests)
            Failpoint.afterArtifact.reach()
            gate.succeeded()
            let milliseconds = Int((batch.modelTime.milliseconds / Double(batch.jobs.count)).rounded())
            return zip(pictures, digests).map { picture, digest in
                fact(picture.job, .done(picture.result(manifest: digest, milliseconds: milliseconds)))
            }
        } catch {
            guard error.isInfrastructure else {
                let failure = JobFailure(code: "artifact_error", message: error.message, retryable: true)
                return pictures.map { fact($0.job, .failed(failure)) }
            }
            // The pictures are not at fault: put their jobs off, and claim none until the store can be written again.
            gate.failed(error, bytes: pictures.flatMap(\.objects).reduce(0) { $0 + $1.bytes.count })
            return pictures.map { fact($0.job, Self.putOff()) }
        }
    }

    /// Long enough for the store to come back, and not for all at once.
    private static func putOff() -> Fact.Event { .snoozed(.seconds(Int.random(in: 2...6))) }

    private func fact(_ job: ClaimedJob, _ event: Fact.Event) -> Fact {
        Fact(lease: job.lease, worker: worker, event: event)
    }
}

extension JobFailure {
    /// What an error of the model means for the job.
    init(_ error: ModelError) {
        switch error {
        case .refused(let message): self.init(code: "bad_request", message: message, retryable: false)
        case .failed(let message), .away(let message):
            self.init(code: "model_error", message: message, retryable: true)
        case .busy(let message, let wait):
            self.init(code: "model_error", message: message, retryable: true, retryAfter: wait)
        }
    }
}
