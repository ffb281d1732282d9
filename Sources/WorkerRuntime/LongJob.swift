import Artifacts
package import Jobs
import Logging
import Synchronization
import Telemetry

/// How a long job came to an end of its work.
package enum LongJobEnd: Sendable {
    /// It is done.
    case output(ModelOutput)
    /// It made room, or was told to: another attempt goes on from its last checkpoint.
    case yielded
}

/// One job of many steps, as the model that works on it sees it.
///
/// The model reports its steps, saves a checkpoint every so often, and asks ``shouldStop`` at least as often as it saves
/// one; then it returns ``LongJobEnd/yielded``. What it has not saved by then is done again.
package final class LongJob: Sendable {
    /// Least time between two reports of progress alone.
    private static let reportInterval = Duration.seconds(1)

    /// What is asked for.
    package let request: JobRequest
    /// Which attempt it is, from 1.
    package let attempt: Int
    /// How often a worker went away under it.
    package let crashes: Int
    /// Where an earlier attempt has come to.
    package let checkpoint: Checkpoint?

    private let lease: Lease
    private let isUrgent: Bool
    private let queue: QueueLink
    private let held: HeldJobs
    private let signals: Signals
    private let artifacts: any ArtifactStore
    private let logger: Logger
    private let reported = Mutex<ContinuousClock.Instant?>(nil)

    init(
        _ job: ClaimedJob, queue: QueueLink, held: HeldJobs, signals: Signals, artifacts: any ArtifactStore,
        logger: Logger
    ) {
        request = job.request
        attempt = job.attempt
        crashes = job.crashes
        checkpoint = job.checkpoint
        lease = job.lease
        isUrgent = queue.band(of: job.lane) == .interactive
        self.queue = queue
        self.held = held
        self.signals = signals
        self.artifacts = artifacts
        self.logger = logger
    }

    /// Whether to end at the next good moment: the job is not this worker's any more, something more urgent waits, or the
    /// worker is about to end.
    package var shouldStop: Bool {
        !held.isHeld(lease) || signals.isEnding || (signals.shouldYield && !isUrgent)
    }

    /// The state that an earlier attempt saved, if there is one that can be read.
    package func savedState() async -> (step: Int, bytes: [UInt8])? {
        guard let checkpoint, let digest = ArtifactDigest(hex: checkpoint.digest) else { return nil }
        do {
            return (checkpoint.step, try await artifacts.get(digest))
        } catch {
            // It begins anew: slower, and right.
            logger.warning(
                "A checkpoint cannot be read", metadata: [LogKey.job: "\(lease.job)", LogKey.error: "\(error)"])
            return nil
        }
    }

    /// Says how far the job has come; more often than once a second does no harm and is not sent.
    package func report(step: Int, of total: Int, note: String? = nil) async {
        let now = ContinuousClock.now
        let isDue = reported.withLock { last in
            if let last, now - last < Self.reportInterval { return false }
            last = now
            return true
        }
        held.touch(lease)
        guard isDue else { return }
        await queue.report(lease, .progress(JobProgress(step: step, total: total, note: note)))
    }

    /// Saves the state after a step; the report of it goes out once it is stored.
    package func save(_ state: [UInt8], step: Int, of total: Int, note: String? = nil) async {
        held.touch(lease)
        do {
            let object = ArtifactObject(state, kind: .checkpoint)
            try await artifacts.putMany([object])
            reported.withLock { $0 = .now }
            await queue.report(
                lease, .progress(JobProgress(step: step, total: total, checkpoint: object.digest.hex, note: note)))
        } catch {
            // The work goes on: a checkpoint that is missing costs time only if this worker goes away.
            logger.warning(
                "A checkpoint cannot be stored", metadata: [LogKey.job: "\(lease.job)", LogKey.error: "\(error)"])
        }
    }
}
