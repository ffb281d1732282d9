public import Foundation

/// A model that workers have announced.
///
/// Example: `{"name": "demo", "digest": "1b4f…", "resolution": 64, "layers": 10, "words": 131, "workers": 2}`
public struct ModelView: Hashable, Sendable, Codable {
    /// The name to put into ``CreateBatchBody/model``.
    public var name: String
    /// SHA-256 of the pack, which works as a name too.
    public var digest: String
    /// Width and height of its images in pixels.
    public var resolution: Int
    /// Layers of its W+ code.
    public var layers: Int
    /// Size of its vocabulary.
    public var words: Int
    /// Live workers that have it.
    public var workers: Int
    /// Kinds of work that it does.
    public var kinds: [String]
    /// What it can do beside that, such as `photos` or `sketches`.
    public var abilities: [String]

    /// Describes a model.
    public init(
        name: String, digest: String, resolution: Int, layers: Int, words: Int, workers: Int,
        kinds: [String] = ["generate"], abilities: [String] = []
    ) {
        self.kinds = kinds
        self.abilities = abilities
        self.name = name
        self.digest = digest
        self.resolution = resolution
        self.layers = layers
        self.words = words
        self.workers = workers
    }
}

/// Answer of `GET /v1/models`.
///
/// Example: `{"models": [{"name": "demo", …}]}`
public struct ModelList: Hashable, Sendable, Codable {
    /// The models, by name.
    public var models: [ModelView]

    /// Makes a list.
    public init(models: [ModelView]) { self.models = models }
}

/// A worker seen lately.
///
/// Example: `{"name": "gpu-3-4711", "models": ["demo"], "seen_at": "2026-11-24T18:02:11.250Z"}`
public struct WorkerView: Hashable, Sendable, Codable {
    /// Name of the worker.
    public var name: String
    /// Names of the models that it has announced.
    public var models: [String]
    /// When it last gave a sign of life.
    public var seenAt: Date
    /// Machine that it runs on.
    public var host: String
    /// Version of its software.
    public var version: String
    /// Where its tensors live.
    public var device: String
    /// Group that it belongs to.
    public var pool: String
    /// Most images of one forward pass.
    public var capacity: Int
    /// Memory of its device in MiB; 0 where it is not known.
    public var memory: Int
    /// What an operator wants of it: `work`, `quiet` or `drain`.
    public var order: String
    /// Jobs that it has; absent from lists, and where ``jobsMissing`` says why.
    public var jobs: [Int64]?
    /// Why one worker is shown without its jobs: `denied`, for they are for administrators only, or `unavailable`, for
    /// Redis does not answer.
    public var jobsMissing: String?

    /// Describes a worker.
    public init(
        name: String, models: [String], seenAt: Date, host: String = "", version: String = "", device: String = "",
        pool: String = "", capacity: Int = 0, memory: Int = 0, order: String = "work", jobs: [Int64]? = nil,
        jobsMissing: String? = nil
    ) {
        self.host = host
        self.version = version
        self.device = device
        self.pool = pool
        self.capacity = capacity
        self.memory = memory
        self.order = order
        self.jobs = jobs
        self.jobsMissing = jobsMissing
        self.name = name
        self.models = models
        self.seenAt = seenAt
    }

    private enum CodingKeys: String, CodingKey {
        case name, models, host, version, device, pool, capacity, memory, order, jobs
        case jobsMissing = "jobs_missing"
        case seenAt = "seen_at"
    }
}

/// Answer of `GET /v1/workers`.
///
/// Example: `{"workers": [{"name": "gpu-3-4711", …}]}`
public struct WorkerList: Hashable, Sendable, Codable {
    /// The workers, by name.
    public var workers: [WorkerView]

    /// Makes a list.
    public init(workers: [WorkerView]) { self.workers = workers }
}

/// Answer of `GET /v1/status`: the system at this moment.
///
/// Example:
///
///     {"version": "0.1.0", "leader": {"name": "host-4711", "term": 3, "here": true}, "workers": 2,
///      "counts": {"queued": 120, …}, "window": 16, "pending_facts": 0, "finished_per_second": 31.5}
public struct StatusView: Hashable, Sendable, Codable {
    /// Who leads.
    public struct Leader: Hashable, Sendable, Codable {
        /// Name of the leading coordinator.
        public var name: String
        /// Its term: grows by one with every change of leader.
        public var term: Int64
        /// Whether it is the coordinator that answers.
        public var here: Bool

        /// Describes the leader.
        public init(name: String, term: Int64, here: Bool) {
            self.name = name
            self.term = term
            self.here = here
        }
    }

    /// Version of the coordinator.
    public var version: String
    /// Who leads; absent while nobody does.
    public var leader: Leader?
    /// Live workers.
    public var workers: Int
    /// Jobs by state over all sealed batches that are not finished.
    public var counts: Counts
    /// Jobs pushed to Redis that no worker has claimed yet.
    public var window: Int
    /// Facts of workers that wait to be recorded.
    public var pendingFacts: Int
    /// Jobs recorded as ended per second, as seen by the leader over the last seconds.
    public var finishedPerSecond: Double

    /// Describes the system.
    public init(
        version: String, leader: Leader?, workers: Int, counts: Counts, window: Int, pendingFacts: Int,
        finishedPerSecond: Double
    ) {
        self.version = version
        self.leader = leader
        self.workers = workers
        self.counts = counts
        self.window = window
        self.pendingFacts = pendingFacts
        self.finishedPerSecond = finishedPerSecond
    }

    private enum CodingKeys: String, CodingKey {
        case version, leader, workers, counts, window
        case pendingFacts = "pending_facts"
        case finishedPerSecond = "finished_per_second"
    }
}

/// Answer of `GET /healthz` (always `ok`) and `GET /readyz` (503 unless every check is `ok`).
///
/// Example: `{"status": "unready", "checks": {"postgres": "ok", "redis": "…", "migrations": "ok", "leader": "ok"}}`
public struct HealthView: Hashable, Sendable, Codable {
    /// `ok` or `unready`.
    public var status: String
    /// Check by name: `ok`, or what is wrong.
    public var checks: [String: String]

    /// Describes the health.
    public init(status: String, checks: [String: String] = [:]) {
        self.status = status
        self.checks = checks
    }
}
