public import Foundation

/// Where a job stands; the names are those of ``Counts``.
public enum JobStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Not begun, or waiting for a retry.
    case queued
    /// With a worker.
    case running
    /// Done, with an image.
    case succeeded
    /// Given up.
    case failed
    /// Called off.
    case cancelled
}

/// A job: one image to make, being made or made.
///
/// Example:
///
///     {"id": 2801, "batch": 7, "line": 26, "sample": 1, "custom_id": "r-26", "state": "succeeded", "attempts": 1,
///      "request": {"caption": "a woman with blond hair", "seed": 32, "model": "demo"},
///      "result": {"image": "9f86…", "bytes": 9120, "width": 64, "height": 64, "code": "60303a…", "milliseconds": 41, …}}
public struct JobView: Hashable, Sendable, Codable, Identifiable {
    /// What was asked for.
    public struct Request: Hashable, Sendable, Codable {
        /// The caption.
        public var caption: String
        /// Seed that the image is drawn with.
        public var seed: UInt64
        /// The model asked for.
        public var model: String
        /// Truncation psi, where it was given.
        public var truncation: Double?

        /// Describes a request.
        public init(caption: String, seed: UInt64, model: String, truncation: Double? = nil) {
            self.caption = caption
            self.seed = seed
            self.model = model
            self.truncation = truncation
        }
    }

    /// What came of a job that succeeded.
    public struct Result: Hashable, Sendable, Codable {
        /// SHA-256 of the PNG, 64 hexadecimal digits: see ``Routes/artifact(_:)``.
        public var image: String
        /// Size of the PNG in bytes.
        public var bytes: Int
        /// Width in pixels.
        public var width: Int
        /// Height in pixels.
        public var height: Int
        /// SHA-256 of the latent code.
        public var code: String
        /// SHA-256 of the model pack that made it, where known.
        public var pack: String?
        /// SHA-256 of the manifest with the full provenance, where known.
        public var manifest: String?
        /// Time of the worker for this image.
        public var milliseconds: Int

        /// Describes a result.
        public init(
            image: String, bytes: Int, width: Int, height: Int, code: String, pack: String?, manifest: String?,
            milliseconds: Int
        ) {
            self.image = image
            self.bytes = bytes
            self.width = width
            self.height = height
            self.code = code
            self.pack = pack
            self.manifest = manifest
            self.milliseconds = milliseconds
        }
    }

    /// How far a long job has come.
    public struct Progress: Hashable, Sendable, Codable {
        /// Steps made.
        public var step: Int
        /// Steps that there are.
        public var total: Int
        /// SHA-256 of the artifact with the state that another attempt would go on from.
        public var checkpoint: String?
        /// What else is worth knowing, for people.
        public var note: String?

        /// Describes progress.
        public init(step: Int, total: Int, checkpoint: String? = nil, note: String? = nil) {
            self.step = step
            self.total = total
            self.checkpoint = checkpoint
            self.note = note
        }
    }

    /// Why a job failed, or why its last attempt did.
    public struct Failure: Hashable, Sendable, Codable {
        /// Stable code.
        public var code: String
        /// For people.
        public var message: String

        /// Describes a failure.
        public init(code: String, message: String) {
            self.code = code
            self.message = message
        }
    }

    /// Identity of the job.
    public var id: Int64
    /// Its batch.
    public var batch: Int64
    /// Line of the batch that asked for it, from 1.
    public var line: Int
    /// Which of the line's images, from 0.
    public var sample: Int
    /// The caller's name for the line.
    public var customID: String?
    /// Where it stands.
    public var state: JobStatus
    /// Attempts begun so far.
    public var attempts: Int
    /// What was asked for.
    public var request: Request
    /// What came of it, once succeeded.
    public var result: Result?
    /// Why it failed.
    public var failure: Failure?
    /// The worker that has it or ended it, where known.
    public var worker: String?
    /// When it ended.
    public var finishedAt: Date?
    /// Workers that went away under it.
    public var crashes: Int
    /// How far it has come, where it reports that.
    public var progress: Progress?

    /// Describes a job.
    public init(
        id: Int64, batch: Int64, line: Int, sample: Int, customID: String?, state: JobStatus, attempts: Int,
        request: Request, result: Result? = nil, failure: Failure? = nil, worker: String? = nil,
        finishedAt: Date? = nil,
        crashes: Int = 0, progress: Progress? = nil
    ) {
        self.crashes = crashes
        self.progress = progress
        self.id = id
        self.batch = batch
        self.line = line
        self.sample = sample
        self.customID = customID
        self.state = state
        self.attempts = attempts
        self.request = request
        self.result = result
        self.failure = failure
        self.worker = worker
        self.finishedAt = finishedAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, batch, line, sample, state, attempts, request, result, failure, worker, crashes, progress
        case customID = "custom_id"
        case finishedAt = "finished_at"
    }
}

/// A page of `GET /v1/batches/{id}/jobs`, in the order of lines and samples.
///
/// Example: `{"jobs": [{"id": 2801, …}], "next": "j2801"}`
public struct JobPage: Hashable, Sendable, Codable {
    /// The jobs of this page.
    public var jobs: [JobView]
    /// The `cursor` of the next page; absent on the last.
    public var next: String?

    /// Makes a page.
    public init(jobs: [JobView], next: String?) {
        self.jobs = jobs
        self.next = next
    }
}
