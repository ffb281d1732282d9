import Artifacts
package import Images
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
    /// It cannot be done, or not now.
    case failed(ModelError)
}

/// One job of many steps, as the model that works on it sees it.
///
/// The model reports its steps, saves a checkpoint every so often, and asks ``shouldStop`` with each step; where that is
/// so it ends the job with ``LongJobEnd/yielded``. What it has not saved by then is done again.
package final class LongJob: Sendable {
    /// Least time between two reports of progress alone.
    private static let reportInterval = Duration.seconds(1)

    /// The job: what is asked for, and what it refers to.
    package let job: ModelJob
    /// Where an earlier attempt has come to.
    package let checkpoint: Checkpoint?

    let claimed: ClaimedJob
    private let feed: CohortFeed
    private let state: Mutex<State>

    private struct State {
        var reported: ContinuousClock.Instant?
        var pictured: ContinuousClock.Instant?
        /// Whether this attempt has made a step.
        var hasMoved = false
        /// Digests of what is shown of the job now.
        var preview: String?
        var curve: String?
        /// The losses so far.
        var losses: LossCurve?
    }

    /// What is asked for.
    package var request: JobRequest { job.request }
    /// What it refers to.
    package var inputs: ModelInputs { job.inputs }
    /// Which attempt it is, from 1.
    package var attempt: Int { job.attempt }
    /// How often a worker went away under it.
    package var crashes: Int { job.crashes }

    init(_ claimed: ClaimedJob, feed: CohortFeed) {
        self.claimed = claimed
        self.feed = feed
        job = claimed.modelJob
        checkpoint = claimed.checkpoint
        state = Mutex(State())
    }

    private var lease: Lease { claimed.lease }

    /// Whether to end with this step: the job is not this worker's any more, something more urgent waits, or the worker
    /// is about to end.
    ///
    /// Room is made after the first step, not before it: where something urgent always waits, a job that has its turn now
    /// and then would else never come to an end.
    package var shouldStop: Bool {
        !feed.held.isHeld(lease) || feed.signals.isEnding
            || (feed.signals.shouldYield && !feed.isUrgent && state.withLock(\.hasMoved))
    }

    /// Whether a preview that is reported now would be shown; to be asked before one is drawn.
    package var wantsPreview: Bool {
        state.withLock { state in
            state.pictured.map { ContinuousClock.now - $0 >= feed.previewInterval } ?? true
        }
    }

    /// The losses that were reported last.
    var losses: LossCurve? { state.withLock(\.losses) }

    /// The state that an earlier attempt saved, if there is one that can be read.
    ///
    /// - Throws: ``ModelError/away(_:)`` while the store is: the state is there when it is back.
    package func savedState() async throws(ModelError) -> (step: Int, bytes: [UInt8])? {
        guard let checkpoint, let digest = ArtifactDigest(hex: checkpoint.digest) else { return nil }
        do throws(ArtifactError) {
            return (checkpoint.step, try await feed.artifacts.get(digest))
        } catch {
            guard !error.isInfrastructure else { throw .away(error.message) }
            // Not there, or is the whole store not there?
            do throws(ArtifactError) {
                try await feed.artifacts.checkPresence()
            } catch {
                throw .away(error.message)
            }
            // It begins anew: slower, and right.
            feed.logger.warning(
                "A checkpoint cannot be read", metadata: [LogKey.job: "\(lease.job)", LogKey.error: "\(error)"])
            return nil
        }
    }

    /// The bytes of an artifact that an input of the job names.
    package func artifact(_ digest: String) async throws(ModelError) -> [UInt8] {
        feed.held.touch(lease)
        guard let digest = ArtifactDigest(hex: digest) else { throw .refused("“\(digest.prefix(80))” is no SHA-256") }
        do throws(ArtifactError) {
            return try await feed.artifacts.get(digest)
        } catch {
            if error.code == .notFound { throw .refused("the artifact \(digest.hex) is not in the store") }
            throw error.isInfrastructure ? .away(error.message) : .failed(error.message)
        }
    }

    /// Says how far the job has come; more often than once a second does no harm and is not sent.
    ///
    /// - Parameters:
    ///   - step: Steps made.
    ///   - total: Steps that there are.
    ///   - note: What else is worth knowing, for people.
    ///   - preview: How it looks now; shown every few seconds at most, see
    ///     ``wantsPreview``.
    ///   - curve: The losses so far; shown as often, and kept beside the result.
    package func report(
        step: Int, of total: Int, note: String? = nil, preview: RGBImage? = nil, curve: LossCurve? = nil
    ) async {
        feed.held.touch(lease)
        let now = ContinuousClock.now
        state.withLock { $0.hasMoved = true }
        if let curve { state.withLock { $0.losses = curve } }
        if preview != nil || curve != nil, wantsPreview {
            state.withLock { $0.pictured = now }
            feed.previews.post(self, preview: preview, curve: curve)
        }
        let isDue = state.withLock { state in
            if let last = state.reported, now - last < Self.reportInterval { return false }
            state.reported = now
            return true
        }
        guard isDue else { return }
        await send(JobProgress(step: step, total: total, note: note))
    }

    /// Saves the state after a step; the report of it goes out once it is stored.
    ///
    /// Of several jobs at once, ``LongCohort/save(_:)`` is quicker.
    package func save(_ bytes: [UInt8], step: Int, of total: Int, note: String? = nil) async {
        await Self.save([LongJobState(self, bytes: bytes, step: step, of: total, note: note)])
    }

    /// Saves states of jobs of one worker together: the store flushes once for all of them.
    static func save(_ states: [LongJobState]) async {
        guard let feed = states.first?.job.feed else { return }
        do {
            for state in states {
                feed.held.touch(state.job.lease)
                state.job.state.withLock { $0.hasMoved = true }
            }
            let objects = states.map { ArtifactObject($0.bytes, kind: .checkpoint) }
            try await feed.artifacts.putMany(objects)
            for (state, object) in zip(states, objects) {
                state.job.state.withLock { $0.reported = .now }
                await state.job.send(
                    JobProgress(
                        step: state.step, total: state.total, checkpoint: object.digest.hex, note: state.note))
            }
        } catch {
            // The work goes on: a checkpoint that is missing costs time only if this worker goes away.
            let jobs = states.map { "\($0.job.lease.job)" }.joined(separator: " ")
            feed.logger.warning(
                "A checkpoint cannot be stored", metadata: [LogKey.job: "\(jobs)", LogKey.error: "\(error)"])
        }
    }

    /// Every report names what is shown of the job, so that none takes it away.
    private func send(_ progress: JobProgress) async {
        var progress = progress
        (progress.preview, progress.curve) = state.withLock { ($0.preview, $0.curve) }
        await feed.queue.report(lease, .progress(progress))
    }

    /// What was reported to be shown is stored; the next report names it, and goes out at once.
    func isShown(preview: ArtifactDigest?, curve: ArtifactDigest?) {
        state.withLock { state in
            state.preview = preview?.hex ?? state.preview
            state.curve = curve?.hex ?? state.curve
            state.reported = nil
        }
    }
}

/// The state of a long job after a step, from which another attempt can go on.
package struct LongJobState: Sendable {
    package var job: LongJob
    package var bytes: [UInt8]
    package var step: Int
    package var total: Int
    package var note: String?

    package init(_ job: LongJob, bytes: [UInt8], step: Int, of total: Int, note: String? = nil) {
        self.job = job
        self.bytes = bytes
        self.step = step
        self.total = total
        self.note = note
    }
}
