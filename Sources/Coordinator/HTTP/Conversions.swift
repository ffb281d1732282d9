import Foundation
import JobAPI
import JobStore
import Jobs
import Postgres

extension Date {
    /// A moment of PostgreSQL's clock.
    init(_ timestamp: PostgresTimestamp) {
        self.init(timeIntervalSince1970: Double(timestamp.unixMicroseconds) / 1e6)
    }

    /// A moment of whatever clock.
    init(_ time: UnixTime) {
        self.init(timeIntervalSince1970: Double(time.microseconds) / 1e6)
    }
}

extension UnixTime {
    /// A date, as far as 64 bits of microseconds reach.
    init(_ date: Date) {
        self.init(microseconds: Int64(max(-9e18, min(9e18, (date.timeIntervalSince1970 * 1e6).rounded()))))
    }
}

extension BatchStatus {
    /// The state as the interface names it.
    init(_ state: BatchState) {
        switch state {
        case .open: self = .open
        case .sealed: self = .sealed
        case .running: self = .running
        case .finished: self = .finished
        case .abandoned: self = .abandoned
        case .cancelling: self = .cancelling
        case .cancelled: self = .cancelled
        }
    }
}

extension JobStatus {
    /// The state as the interface names it.
    init(_ state: JobState) {
        switch state {
        case .queued: self = .queued
        case .running: self = .running
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        }
    }

    /// The state as the domain names it.
    var state: JobState {
        switch self {
        case .queued: .queued
        case .running: .running
        case .succeeded: .succeeded
        case .failed: .failed
        case .cancelled: .cancelled
        }
    }
}

extension Counts {
    /// The counts as the interface gives them.
    init(_ counts: BatchCounts) {
        self.init(
            queued: counts.queued, running: counts.running, succeeded: counts.succeeded, failed: counts.failed,
            cancelled: counts.cancelled)
    }
}

extension BatchView {
    /// A batch as the interface shows it.
    ///
    /// - Parameters:
    ///   - batch: The batch.
    ///   - counts: Its counts, jobs that only wait in Redis taken out of those that run.
    ///   - waiting: Why what is queued does not run.
    init(_ batch: BatchRecord, counts: BatchCounts, waiting: WaitReason?) {
        let specification = batch.specification
        let schedule = specification.schedule
        self.init(
            id: batch.id.rawValue, name: specification.name, model: specification.model,
            samples: specification.samples, seed: specification.seed, priority: schedule.priority,
            truncation: specification.truncation, state: BatchStatus(batch.state), items: batch.items,
            counts: Counts(counts), createdAt: Date(batch.createdAt), sealedAt: batch.sealedAt.map { Date($0) },
            finishedAt: batch.finishedAt.map { Date($0) }, kind: BatchKind(specification.kind),
            band: BatchBand(schedule.band), weight: schedule.weight, paused: batch.isPaused,
            startAt: schedule.startAt.map { Date($0) }, expiresAt: schedule.expiresAt.map { Date($0) },
            uniqueKey: schedule.uniqueKey, retryOf: batch.retryOf?.rawValue, endedBecause: batch.endedBecause,
            waiting: waiting, variants: specification.variants == specification.samples ? nil : specification.variants,
            options: OptionsBody(specification.options),
            truncations: specification.truncations.isEmpty ? nil : specification.truncations,
            styles: specification.styles.isEmpty ? nil : specification.styles, after: specification.after?.rawValue)
    }
}

extension BatchKind {
    /// The kind as the interface names it.
    init(_ kind: JobKind) {
        switch kind {
        case .generate: self = .generate
        case .manipulate: self = .manipulate
        case .invert: self = .invert
        case .optimize: self = .optimize
        case .mix: self = .mix
        case .interpolate: self = .interpolate
        case .evaluate: self = .evaluate
        case .drill: self = .drill
        case .longDrill: self = .longDrill
        }
    }

    /// The kind as the domain names it.
    var kind: JobKind {
        switch self {
        case .generate: .generate
        case .manipulate: .manipulate
        case .invert: .invert
        case .optimize: .optimize
        case .mix: .mix
        case .interpolate: .interpolate
        case .evaluate: .evaluate
        case .drill: .drill
        case .longDrill: .longDrill
        }
    }
}

extension BatchBand {
    /// The band as the interface names it.
    init(_ band: Band) {
        switch band {
        case .bulk: self = .bulk
        case .interactive: self = .interactive
        }
    }

    /// The band as the domain names it.
    var band: Band {
        switch self {
        case .bulk: .bulk
        case .interactive: .interactive
        }
    }
}

extension JobView {
    /// A job as the interface shows it.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - isClaimed: Whether a worker has it, where PostgreSQL counts it as handed out.
    ///   - request: Its payload, read.
    init(_ job: JobRecord, isClaimed: Bool, request: JobRequest) {
        let state = job.state == .running && !isClaimed ? .queued : JobStatus(job.state)
        self.init(
            id: job.id.rawValue, batch: job.batch.rawValue, line: job.line + 1, sample: job.sample,
            customID: job.customID, state: state, attempts: job.attempts,
            request: Request(
                caption: request.caption, seed: request.seed, model: request.model, truncation: request.truncation,
                kind: request.kind == .generate ? nil : BatchKind(request.kind),
                inputs: request.inputs.isEmpty ? nil : InputsView(request.inputs),
                options: OptionsBody(request.options), sample: request.sample > 0 ? request.sample : nil),
            result: job.result.map { Result($0, pack: request.model) },
            failure: job.failure.map { Failure(code: $0.code, message: $0.message) }, worker: job.worker,
            finishedAt: job.finishedAt.map { Date($0) }, crashes: job.crashes,
            progress: job.progress.map {
                Progress(
                    step: $0.step, total: $0.total, checkpoint: $0.checkpoint, note: $0.note, preview: $0.preview,
                    curve: $0.curve)
            }, waiting: WaitReason(of: job))
    }
}

extension JobView.Result {
    /// A result as the interface shows it; the model of the request is the digest of the pack.
    init(_ result: JobResult, pack: String) {
        self.init(
            image: result.imageDigest, bytes: result.bytes, width: result.width, height: result.height,
            code: result.codeDigest, pack: pack, manifest: result.manifestDigest, milliseconds: result.milliseconds,
            outputs: result.details.outputs.isEmpty
                ? nil
                : result.details.outputs.map { JobView.Output(name: $0.name, digest: $0.digest, bytes: $0.bytes) },
            scores: result.details.scores.isEmpty
                ? nil : Dictionary(result.details.scores.map { ($0.key.rawValue, $0.value) }) { first, _ in first })
    }
}

extension ModelView {
    /// A model as the interface shows it.
    init(_ record: ModelRecord) {
        let model = record.model
        self.init(
            name: model.name, digest: model.digest, resolution: model.resolution, layers: model.layers,
            words: model.vocabulary.count, workers: record.workers, kinds: model.kinds.map(\.rawValue),
            abilities: model.abilities.map(\.rawValue).sorted())
    }
}

extension WorkerView {
    /// A worker as the interface shows it.
    init(_ record: WorkerRecord) {
        self.init(
            name: record.name, models: record.models, seenAt: Date(record.seenAt), host: record.host,
            version: record.version, device: record.device, pool: record.pool, capacity: record.capacity,
            memory: record.memory, order: record.order.name)
    }
}
