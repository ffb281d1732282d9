public import Jobs
public import Postgres

/// A batch as the store has it.
public struct BatchRecord: Sendable, Equatable {
    /// Identity.
    public var id: BatchID
    /// Whose it is.
    public var tenant: TenantID
    /// What all of its jobs have in common.
    public var specification: BatchSpecification
    /// Digest of the model that was asked for.
    public var modelDigest: String
    /// The lane that its jobs travel in.
    public var lane: LaneID
    /// Where it stands.
    public var state: BatchState
    /// Whether nothing more of it is handed out until it is resumed.
    public var isPaused: Bool
    /// Lines received so far: the `from` of the next upload.
    public var items: Int
    /// Jobs by state; `running` counts those in Redis, claimed or not: see ``BatchCounts/splitting(claimed:)``.
    public var counts: BatchCounts
    /// How many of those queued wait for the time of another attempt, or for other jobs.
    public var waitingForRetry: Int
    /// Bytes of the images made so far.
    public var imageBytes: Int
    /// When it was created.
    public var createdAt: PostgresTimestamp
    /// When it was sealed.
    public var sealedAt: PostgresTimestamp?
    /// When its last job ended.
    public var finishedAt: PostgresTimestamp?
    /// The batch whose failed jobs it runs again.
    public var retryOf: BatchID?
    /// Failure code of the jobs that were called off with it.
    public var endedBecause: String?
    /// Whether its time to start has yet to come.
    public var startsLater: Bool
    /// Whether all of it waits until the batch that comes first is finished.
    public var isGated: Bool
    /// Whether some of its jobs work on what other jobs make.
    public var hasNeeds: Bool
}

/// Part of a long list, and where the next part begins.
public struct Page<Element: Sendable, Cursor: Sendable>: Sendable {
    /// The entries.
    public var elements: [Element]
    /// Pass this for the next part; `nil` on the last.
    public var next: Cursor?
}

/// A job as the store has it.
public struct JobRecord: Sendable, Equatable {
    /// Identity.
    public var id: JobID
    /// Its batch.
    public var batch: BatchID
    /// Number of its line in the batch, from 0.
    public var line: Int
    /// Which of the line's images it is, from 0.
    public var sample: Int
    /// The caller's name for the line.
    public var customID: String?
    /// Where it stands; `running` from the moment it goes to Redis: Redis knows whether a worker has it.
    public var state: JobState
    /// The execution that counts: the one under way, or the one that ended the job.
    public var epoch: Epoch?
    /// Attempts begun so far that count.
    public var attempts: Int
    /// Leases lost.
    public var crashes: Int
    /// The request, byte for byte as it was submitted.
    public var payload: [UInt8]
    /// What came of it, once succeeded.
    public var result: JobResult?
    /// Why it failed, or why its last attempt did.
    public var failure: JobFailure?
    /// How far it has come, where it reports that.
    public var progress: JobProgress?
    /// Jobs that have to succeed before it may run.
    public var waitsFor: [JobID] = []
    /// The worker that ended it, or has been seen at it.
    public var worker: String?
    /// When it ended.
    public var finishedAt: PostgresTimestamp?
}

/// A model that workers have announced.
public struct ModelRecord: Sendable, Equatable {
    /// The model.
    public var model: AnnouncedModel
    /// When a worker last announced it.
    public var seenAt: PostgresTimestamp
    /// Workers that announced it within the last ``JobStore/presence``.
    public var workers: Int
}

/// A worker that has announced itself.
public struct WorkerRecord: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The machine that it runs on.
    public var host: String
    /// Version of its software.
    public var version: String
    /// Where its tensors live.
    public var device: String
    /// The group it belongs to.
    public var pool: String
    /// Most images of one forward pass.
    public var capacity: Int
    /// Memory of its device in MiB; 0 where it is not known.
    public var memory: Int
    /// Names of its models.
    public var models: [String]
    /// When it last gave a sign of life.
    public var seenAt: PostgresTimestamp
    /// Whether that was within the last ``JobStore/presence``.
    public var isPresent: Bool
    /// What an operator wants of it.
    public var order: WorkerOrder
}

/// Who leads.
public struct LeaderRecord: Sendable, Equatable {
    /// Name of the leading process.
    public var holder: String
    /// Its term.
    public var term: Term
    /// Whether its lease still runs.
    public var isCurrent: Bool
}

/// What a group of facts came to.
public struct RecordReport: Sendable, Equatable {
    /// Jobs that succeeded.
    public var succeeded: Int
    /// Jobs that ended otherwise.
    public var failed: Int
    /// Attempts that failed and will be repeated.
    public var retried: Int
    /// Jobs given back by their workers.
    public var postponed: Int
    /// Jobs whose worker went away and that will run again.
    public var rerun: Int
    /// Executions noted as under way.
    public var started: Int
    /// Facts of executions that do not count any more.
    public var stale: Int
    /// Batches that this group finished.
    public var finishedBatches: [BatchID]

    /// Makes a report; an empty one where nothing is said.
    public init(
        succeeded: Int = 0, failed: Int = 0, retried: Int = 0, postponed: Int = 0, rerun: Int = 0, started: Int = 0,
        stale: Int = 0, finishedBatches: [BatchID] = [], progressed: Int = 0, released: Int = 0
    ) {
        self.released = released
        self.succeeded = succeeded
        self.failed = failed
        self.retried = retried
        self.postponed = postponed
        self.rerun = rerun
        self.started = started
        self.stale = stale
        self.finishedBatches = finishedBatches
        self.progressed = progressed
    }

    /// Reports of progress.
    public var progressed: Int

    /// Jobs that had waited for some of these, and may run now.
    public var released: Int

    /// Jobs that reached their end.
    public var ended: Int { succeeded + failed }
}
