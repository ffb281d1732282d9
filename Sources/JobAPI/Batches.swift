public import Foundation

/// Where a batch stands.
public enum BatchStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Takes items; nothing of it runs.
    case open
    /// Complete; its jobs wait for workers.
    case sealed
    /// At least one job was handed out.
    case running
    /// Every job is in a terminal state.
    case finished
    /// Given up by its owner before it was sealed.
    case abandoned
    /// Called off; its last jobs are being ended.
    case cancelling
    /// Called off, and every job is in a terminal state.
    case cancelled
}

/// What kind of work the jobs of a batch are.
public enum BatchKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// A face from a caption, a sketch, a label map, or from noise.
    case generate
    /// An edit of a photo or a code by a caption.
    case manipulate
    /// The code of a photo.
    case invert
    /// A code that is optimised towards a photo, a caption or both.
    case optimize
    /// A face with the layers of two others.
    case mix
    /// The way from one face to the next.
    case interpolate
    /// The figures of a finished batch.
    case evaluate
    /// An exercise of the queue: each line is a script instead of a caption.
    case drill
    /// The same in steps, with progress and checkpoints.
    case longDrill = "long_drill"
}

/// How soon somebody wants the jobs of a batch.
public enum BatchBand: String, Hashable, Sendable, Codable, CaseIterable {
    /// As fast as the workers allow.
    case bulk
    /// Somebody waits for it: workers look here first.
    case interactive
}

/// Body of `POST /v1/batches`: what all items of the batch have in common.
///
/// Example: `{"name": "celeba-aug", "model": "demo", "samples": 4, "seed": 7}`
public struct CreateBatchBody: Hashable, Sendable, Codable {
    /// A name for people; need not be unique.
    public var name: String
    /// Name or digest of a model that a worker has announced.
    public var model: String
    /// Images for each caption, 1 to 1,000; 1 when absent.
    public var samples: Int
    /// Seed of the batch, 0 when absent.
    ///
    /// Line `n` (from 0) draws with `seed + n` unless it has a seed of its own.
    public var seed: UInt64
    /// Higher goes first among the batches of one owner; 0 when absent.
    public var priority: Int
    /// Truncation psi of the style code; the model's own when absent.
    public var truncation: Double?
    /// What kind of work its jobs are; generate when absent.
    public var kind: BatchKind
    /// How soon somebody wants it; bulk when absent.
    public var band: BatchBand
    /// Share among batches of the same owner and priority, 1 to 100; 1 when absent.
    public var weight: Int
    /// Nothing runs before this moment.
    public var startAt: Date?
    /// What has not begun by this moment is called off.
    public var expiresAt: Date?
    /// While a batch with this key is not over, its owner can create no other with it.
    public var uniqueKey: String?
    /// Attempts of each job, 1 to 20; 5 when absent.
    public var maximumAttempts: Int?
    /// Longest time of one attempt in seconds; any when absent.
    public var timeoutSeconds: Int?
    /// Longest time without a report of progress in seconds; any when absent.
    public var progressTimeoutSeconds: Int?
    /// What every line asks for beside its caption, unless it says otherwise.
    public var options: OptionsBody?
    /// Truncations of a grid: each line is drawn with every one of them.
    public var truncations: [Double]?
    /// Style seeds of a grid: each line is drawn in every one of them.
    public var styles: [UInt64]?
    /// A batch that comes first: the lines may name what it makes (`after:…`), else nothing runs before it has finished.
    public var after: Int64?
    /// All of its items, where they are few.
    ///
    /// With 1 to ``Limits/maximumSubmissionItems`` of them, the batch is created, filled and sealed at once, or not at
    /// all. When absent, the batch stays open and its items are uploaded.
    public var items: [CronItem]?

    /// Describes a batch to be created.
    public init(
        name: String, model: String, samples: Int = 1, seed: UInt64 = 0, priority: Int = 0, truncation: Double? = nil,
        kind: BatchKind = .generate, band: BatchBand = .bulk, weight: Int = 1, startAt: Date? = nil,
        expiresAt: Date? = nil, uniqueKey: String? = nil, maximumAttempts: Int? = nil, timeoutSeconds: Int? = nil,
        progressTimeoutSeconds: Int? = nil, options: OptionsBody? = nil, truncations: [Double]? = nil,
        styles: [UInt64]? = nil, after: Int64? = nil, items: [CronItem]? = nil
    ) {
        self.options = options
        self.truncations = truncations
        self.styles = styles
        self.after = after
        self.items = items
        self.kind = kind
        self.band = band
        self.weight = weight
        self.startAt = startAt
        self.expiresAt = expiresAt
        self.uniqueKey = uniqueKey
        self.maximumAttempts = maximumAttempts
        self.timeoutSeconds = timeoutSeconds
        self.progressTimeoutSeconds = progressTimeoutSeconds
        self.name = name
        self.model = model
        self.samples = samples
        self.seed = seed
        self.priority = priority
        self.truncation = truncation
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, model, samples, seed, priority, truncation, kind, band, weight, items
        case options, truncations, styles, after
        case startAt = "start_at"
        case expiresAt = "expires_at"
        case uniqueKey = "unique_key"
        case maximumAttempts = "max_attempts"
        case timeoutSeconds = "timeout_seconds"
        case progressTimeoutSeconds = "progress_timeout_seconds"
    }

    /// Reads a body; an unknown field is an error, for it is a misspelt option.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CodingKeys.self)
        try self.init(lenient: decoder)
    }

    /// The names of all fields.
    static let fields = CodingKeys.allCases.map(\.stringValue)

    /// Reads a body beside whose fields there may be others.
    init(lenient decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        model = try values.decode(String.self, forKey: .model)
        samples = try values.decodeIfPresent(Int.self, forKey: .samples) ?? 1
        seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? 0
        priority = try values.decodeIfPresent(Int.self, forKey: .priority) ?? 0
        truncation = try values.decodeIfPresent(Double.self, forKey: .truncation)
        kind = try values.decodeIfPresent(BatchKind.self, forKey: .kind) ?? .generate
        band = try values.decodeIfPresent(BatchBand.self, forKey: .band) ?? .bulk
        weight = try values.decodeIfPresent(Int.self, forKey: .weight) ?? 1
        startAt = try values.decodeIfPresent(Date.self, forKey: .startAt)
        expiresAt = try values.decodeIfPresent(Date.self, forKey: .expiresAt)
        uniqueKey = try values.decodeIfPresent(String.self, forKey: .uniqueKey)
        maximumAttempts = try values.decodeIfPresent(Int.self, forKey: .maximumAttempts)
        timeoutSeconds = try values.decodeIfPresent(Int.self, forKey: .timeoutSeconds)
        progressTimeoutSeconds = try values.decodeIfPresent(Int.self, forKey: .progressTimeoutSeconds)
        options = try values.decodeIfPresent(OptionsBody.self, forKey: .options)
        truncations = try values.decodeIfPresent([Double].self, forKey: .truncations)
        styles = try values.decodeIfPresent([UInt64].self, forKey: .styles)
        after = try values.decodeIfPresent(Int64.self, forKey: .after)
        items = try values.decodeIfPresent([CronItem].self, forKey: .items)
    }
}

/// A batch, as `POST /v1/batches`, `GET /v1/batches/{id}`, `POST …/seal` and `DELETE` answer it.
///
/// Example:
///
///     {"id": 7, "name": "celeba-aug", "model": "demo", "samples": 4, "seed": 7, "priority": 0, "state": "running",
///      "items": 100, "counts": {"queued": 120, …, "total": 400}, "created_at": "2026-11-24T18:02:11.250Z", …}
public struct BatchView: Hashable, Sendable, Codable, Identifiable {
    /// Identity of the batch.
    public var id: Int64
    /// Name for people.
    public var name: String
    /// The model asked for.
    public var model: String
    /// Images for each caption.
    public var samples: Int
    /// Seed of the batch.
    public var seed: UInt64
    /// Priority among batches.
    public var priority: Int
    /// Truncation psi, where it was given.
    public var truncation: Double?
    /// Where it stands.
    public var state: BatchStatus
    /// Lines received so far: the `from` of the next upload.
    public var items: Int
    /// Jobs by state.
    public var counts: Counts
    /// When it was created.
    public var createdAt: Date
    /// When it was sealed.
    public var sealedAt: Date?
    /// When its last job ended.
    public var finishedAt: Date?
    /// What kind of work its jobs are.
    public var kind: BatchKind
    /// How soon somebody wants it.
    public var band: BatchBand
    /// Share among batches of the same owner and priority.
    public var weight: Int
    /// Whether nothing more of it is handed out until it is resumed.
    public var paused: Bool
    /// Nothing runs before this moment.
    public var startAt: Date?
    /// What has not begun by this moment is called off.
    public var expiresAt: Date?
    /// The key that no other batch of its owner may have meanwhile.
    public var uniqueKey: String?
    /// The batch whose failed jobs it runs again.
    public var retryOf: Int64?
    /// Why it was called off: `cancelled` or `expired`.
    public var endedBecause: String?
    /// Why what is queued does not run, where that is no matter of waiting for its turn.
    public var waiting: WaitReason?
    /// Jobs of each line: samples times the sizes of its grids; absent where it is the samples.
    public var variants: Int?
    /// What every line asks for unless it says otherwise.
    public var options: OptionsBody?
    /// Truncations of its grid.
    public var truncations: [Double]?
    /// Style seeds of its grid.
    public var styles: [UInt64]?
    /// The batch that comes first.
    public var after: Int64?
    /// Whether there are more failed jobs to run again than this batch takes; only in the answer of
    /// `POST /v1/batches/{id}/retry-failed`, which is then to be asked for again.
    public var moreFailed: Bool?

    /// Describes a batch.
    public init(
        id: Int64, name: String, model: String, samples: Int, seed: UInt64, priority: Int, truncation: Double?,
        state: BatchStatus, items: Int, counts: Counts, createdAt: Date, sealedAt: Date? = nil, finishedAt: Date? = nil,
        kind: BatchKind = .generate, band: BatchBand = .bulk, weight: Int = 1, paused: Bool = false,
        startAt: Date? = nil, expiresAt: Date? = nil, uniqueKey: String? = nil, retryOf: Int64? = nil,
        endedBecause: String? = nil, waiting: WaitReason? = nil, moreFailed: Bool? = nil, variants: Int? = nil,
        options: OptionsBody? = nil, truncations: [Double]? = nil, styles: [UInt64]? = nil, after: Int64? = nil
    ) {
        self.variants = variants
        self.options = options
        self.truncations = truncations
        self.styles = styles
        self.after = after
        self.kind = kind
        self.band = band
        self.weight = weight
        self.paused = paused
        self.startAt = startAt
        self.expiresAt = expiresAt
        self.uniqueKey = uniqueKey
        self.retryOf = retryOf
        self.endedBecause = endedBecause
        self.waiting = waiting
        self.moreFailed = moreFailed
        self.id = id
        self.name = name
        self.model = model
        self.samples = samples
        self.seed = seed
        self.priority = priority
        self.truncation = truncation
        self.state = state
        self.items = items
        self.counts = counts
        self.createdAt = createdAt
        self.sealedAt = sealedAt
        self.finishedAt = finishedAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, model, samples, seed, priority, truncation, state, items, counts, kind, band, weight, paused
        case waiting, variants, options, truncations, styles, after
        case createdAt = "created_at"
        case sealedAt = "sealed_at"
        case finishedAt = "finished_at"
        case startAt = "start_at"
        case expiresAt = "expires_at"
        case uniqueKey = "unique_key"
        case retryOf = "retry_of"
        case endedBecause = "ended_because"
        case moreFailed = "more_failed"
    }
}

/// A page of `GET /v1/batches`, newest first.
///
/// Example: `{"batches": [{"id": 7, …}], "next": "b7"}`
public struct BatchPage: Hashable, Sendable, Codable {
    /// The batches of this page.
    public var batches: [BatchView]
    /// The `cursor` of the next page; absent on the last.
    public var next: String?

    /// Makes a page.
    public init(batches: [BatchView], next: String?) {
        self.batches = batches
        self.next = next
    }
}

/// Answer to an item upload.
///
/// Example: `{"batch": 7, "accepted": 5000, "received": 15000}`
public struct UploadReceipt: Hashable, Sendable, Codable {
    /// The batch that took the items.
    public var batch: Int64
    /// Lines that this upload added.
    public var accepted: Int
    /// Lines that the batch holds now: the `from` of the next upload.
    public var received: Int

    /// Makes a receipt.
    public init(batch: Int64, accepted: Int, received: Int) {
        self.batch = batch
        self.accepted = accepted
        self.received = received
    }
}
