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
        /// What kind of work it is; absent for ``BatchKind/generate``.
        public var kind: BatchKind?
        /// What it works on, as it was submitted; absent where that is nothing.
        public var inputs: InputsView?
        /// What else was asked for.
        public var options: OptionsBody?
        /// Which sample of its seed the image is; absent for the first.
        public var sample: Int?

        /// Describes a request.
        public init(
            caption: String, seed: UInt64, model: String, truncation: Double? = nil, kind: BatchKind? = nil,
            inputs: InputsView? = nil, options: OptionsBody? = nil, sample: Int? = nil
        ) {
            self.sample = sample
            self.kind = kind
            self.inputs = inputs
            self.options = options
            self.caption = caption
            self.seed = seed
            self.model = model
            self.truncation = truncation
        }
    }

    /// A file that a job made beside its image and its code.
    ///
    /// Example: `{"name": "frame-000.png", "digest": "9f86…", "bytes": 9120}`
    public struct Output: Hashable, Sendable, Codable {
        /// Its name, unique in the job.
        public var name: String
        /// SHA-256 of its bytes: see ``Routes/artifact(_:job:)``.
        public var digest: String
        /// Its size.
        public var bytes: Int

        /// Describes a file.
        public init(name: String, digest: String, bytes: Int) {
            self.name = name
            self.digest = digest
            self.bytes = bytes
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
        /// Files that it made beside them; absent where there are none.
        public var outputs: [Output]?
        /// What was measured, by name: similarity, identity, drift, artefact, loss; absent where nothing was.
        public var scores: [String: Double]?

        /// Describes a result.
        public init(
            image: String, bytes: Int, width: Int, height: Int, code: String, pack: String?, manifest: String?,
            milliseconds: Int, outputs: [Output]? = nil, scores: [String: Double]? = nil
        ) {
            self.outputs = outputs
            self.scores = scores
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
        /// SHA-256 of a PNG of how it looks by now: see ``Routes/artifact(_:job:)``.
        public var preview: String?
        /// SHA-256 of the losses so far, as JSON: `{"steps": […], "losses": {"total": […], …}}`.
        public var curve: String?

        /// Describes progress.
        public init(
            step: Int, total: Int, checkpoint: String? = nil, note: String? = nil, preview: String? = nil,
            curve: String? = nil
        ) {
            self.preview = preview
            self.curve = curve
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
    /// Why it does not run, where that is no matter of waiting for its turn.
    public var waiting: WaitReason?

    /// Describes a job.
    public init(
        id: Int64, batch: Int64, line: Int, sample: Int, customID: String?, state: JobStatus, attempts: Int,
        request: Request, result: Result? = nil, failure: Failure? = nil, worker: String? = nil,
        finishedAt: Date? = nil,
        crashes: Int = 0, progress: Progress? = nil, waiting: WaitReason? = nil
    ) {
        self.waiting = waiting
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
        case waiting
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
