public import Foundation

/// A job that failed for good and that nobody has dealt with yet.
///
/// Example:
///
///     {"job": 2801, "tenant": "default", "batch": 7, "batch_name": "celeba-aug", "line": 26, "code": "poison",
///      "message": "…", "attempts": 1, "crashes": 3, "died_at": "2026-11-24T18:02:11.250Z"}
public struct DeadLetterView: Hashable, Sendable, Codable {
    /// The job.
    public var job: Int64
    /// Name of the tenant whose it is.
    public var tenant: String
    /// Its batch.
    public var batch: Int64
    /// Name of its batch.
    public var batchName: String
    /// Line of the batch that asked for it, from 1.
    public var line: Int
    /// The caller's name for the line.
    public var customID: String?
    /// Stable code of why it failed.
    public var code: String
    /// The same for people.
    public var message: String
    /// Attempts that it took.
    public var attempts: Int
    /// Workers that went away under it.
    public var crashes: Int
    /// When it was given up.
    public var diedAt: Date

    /// Describes a dead letter.
    public init(
        job: Int64, tenant: String, batch: Int64, batchName: String, line: Int, customID: String?, code: String,
        message: String, attempts: Int, crashes: Int, diedAt: Date
    ) {
        self.job = job
        self.tenant = tenant
        self.batch = batch
        self.batchName = batchName
        self.line = line
        self.customID = customID
        self.code = code
        self.message = message
        self.attempts = attempts
        self.crashes = crashes
        self.diedAt = diedAt
    }

    private enum CodingKeys: String, CodingKey {
        case job, tenant, batch, line, code, message, attempts, crashes
        case batchName = "batch_name"
        case customID = "custom_id"
        case diedAt = "died_at"
    }
}

/// A page of `GET /v1/dead`, in the order of the jobs.
///
/// Example: `{"letters": [{"job": 2801, …}], "next": "d2801"}`
public struct DeadLetterPage: Hashable, Sendable, Codable {
    /// The dead letters of this page.
    public var letters: [DeadLetterView]
    /// The `cursor` of the next page; absent on the last.
    public var next: String?

    /// Makes a page.
    public init(letters: [DeadLetterView], next: String?) {
        self.letters = letters
        self.next = next
    }
}

/// Body of `POST /v1/dead/requeue` and `POST /v1/dead/purge`: which dead letters are meant.
///
/// All conditions must hold; at least one must be given, or `all`.
///
/// Example: `{"batch": 7, "code": "model_error"}`
public struct DeadLetterSelection: Hashable, Sendable, Codable {
    /// Only of this batch.
    public var batch: Int64?
    /// Only with this code.
    public var code: String?
    /// Only these jobs.
    public var jobs: [Int64]?
    /// Every one of them.
    public var all: Bool?
    /// Whether an administrator who acts for no tenant means those of several tenants; without it, a selection by code,
    /// or of all, that meets several is refused.
    public var allTenants: Bool?

    /// Selects dead letters.
    public init(
        batch: Int64? = nil, code: String? = nil, jobs: [Int64]? = nil, all: Bool? = nil, allTenants: Bool? = nil
    ) {
        self.batch = batch
        self.code = code
        self.jobs = jobs
        self.all = all
        self.allTenants = allTenants
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case batch, code, jobs, all
        case allTenants = "all_tenants"
    }

    /// Reads a body; an unknown field is an error.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        batch = try values.decodeIfPresent(Int64.self, forKey: .batch)
        code = try values.decodeIfPresent(String.self, forKey: .code)
        jobs = try values.decodeIfPresent([Int64].self, forKey: .jobs)
        all = try values.decodeIfPresent(Bool.self, forKey: .all)
        allTenants = try values.decodeIfPresent(Bool.self, forKey: .allTenants)
    }

    /// Whether nothing says which are meant.
    public var isEmpty: Bool { batch == nil && code == nil && jobs == nil && all != true }
}

/// Answer of `POST /v1/dead/requeue`: the batches in which the jobs run again.
///
/// Example: `{"batches": [{"id": 12, "retry_of": 7, …}], "more": false}`
public struct RequeueReceipt: Hashable, Sendable, Codable {
    /// The new batches, sealed.
    public var batches: [BatchView]

    /// Whether there are more than one request runs again; ask for the same again.
    public var more: Bool

    /// Makes a receipt.
    public init(batches: [BatchView], more: Bool) {
        self.batches = batches
        self.more = more
    }
}

/// Answer of `POST /v1/dead/purge`.
///
/// Example: `{"purged": 12, "more": false}`
public struct PurgeReceipt: Hashable, Sendable, Codable {
    /// How many there were.
    public var purged: Int

    /// Whether there are more than one request strikes off; ask for the same again.
    public var more: Bool

    /// Makes a receipt.
    public init(purged: Int, more: Bool) {
        self.purged = purged
        self.more = more
    }
}

/// Body of `POST /v1/batches/{id}/priority`.
///
/// Example: `{"priority": 50}`
public struct PriorityBody: Hashable, Sendable, Codable {
    /// The new priority, -100 to 100.
    public var priority: Int

    /// Names a priority.
    public init(priority: Int) { self.priority = priority }
}
