// What workers and coordinator say to each other where there is no Redis between them. Facts travel in the spelling that
// they have in Redis: kind, job, epoch and a body, with single spaces between.

/// A model as a worker announces it.
///
/// Example: `{"name": "demo", "digest": "9f86…", "resolution": 64, "layers": 10, "words": ["a", …], "kinds": ["generate"]}`
public struct ModelAnnouncement: Hashable, Sendable, Codable {
    /// Name that users submit with.
    public var name: String
    /// SHA-256 of the pack's description.
    public var digest: String
    /// Width and height of its images in pixels.
    public var resolution: Int
    /// Rows of its W+ code.
    public var layers: Int
    /// Words that its text encoder knows.
    public var words: [String]
    /// Kinds of work that it does.
    public var kinds: [String]
    /// What it can do beside that; absent where a worker is too old to say.
    public var abilities: [String]?

    /// Describes a model.
    public init(
        name: String, digest: String, resolution: Int, layers: Int, words: [String], kinds: [String],
        abilities: [String]? = nil
    ) {
        self.abilities = abilities
        self.name = name
        self.digest = digest
        self.resolution = resolution
        self.layers = layers
        self.words = words
        self.kinds = kinds
    }
}

/// Body of `POST /v1/worker/register`.
///
/// Example: `{"worker": "gpu-3-4711", "host": "gpu-3", …, "models": [{"name": "demo", …}]}`
public struct RegisterBody: Hashable, Sendable, Codable {
    /// Name of the worker.
    public var worker: String
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
    /// Memory of its device in MiB.
    public var memory: Int
    /// Models that it has.
    public var models: [ModelAnnouncement]

    /// Describes a worker.
    public init(
        worker: String, host: String, version: String, device: String, pool: String, capacity: Int, memory: Int,
        models: [ModelAnnouncement]
    ) {
        self.worker = worker
        self.host = host
        self.version = version
        self.device = device
        self.pool = pool
        self.capacity = capacity
        self.memory = memory
        self.models = models
    }
}

/// A lane, as `GET /v1/worker/lanes` lists it.
///
/// Example: `{"id": 3, "pool": "default", "kind": "generate", "model": "9f86…", "band": "bulk"}`
public struct LaneView: Hashable, Sendable, Codable {
    /// Identity.
    public var id: Int64
    /// The workers that serve it.
    public var pool: String
    /// What kind of work it is.
    public var kind: String
    /// Digest of the model.
    public var model: String
    /// How soon somebody wants its jobs.
    public var band: BatchBand

    /// Describes a lane.
    public init(id: Int64, pool: String, kind: String, model: String, band: BatchBand) {
        self.id = id
        self.pool = pool
        self.kind = kind
        self.model = model
        self.band = band
    }
}

/// Answer of `GET /v1/worker/lanes`.
///
/// Example: `{"lanes": [{"id": 3, …}]}`
public struct LaneList: Hashable, Sendable, Codable {
    /// Every lane.
    public var lanes: [LaneView]

    /// Makes a list.
    public init(lanes: [LaneView]) { self.lanes = lanes }
}

/// Body of `POST /v1/worker/claim`: lanes in the order in which to look; and of `POST /v1/worker/wait`.
///
/// Example: `{"worker": "gpu-3-4711", "lanes": [3, 4], "limits": [16, 1], "milliseconds": 12000}`
public struct ClaimBody: Hashable, Sendable, Codable {
    /// Who asks.
    public var worker: String
    /// Lanes, those that go first first.
    public var lanes: [Int64]
    /// Most jobs of each.
    public var limits: [Int]
    /// How long the worker may be silent; of a wait: how long to wait.
    public var milliseconds: Int64

    /// Asks for jobs.
    public init(worker: String, lanes: [Int64], limits: [Int], milliseconds: Int64) {
        self.worker = worker
        self.lanes = lanes
        self.limits = limits
        self.milliseconds = milliseconds
    }
}

/// A job that was claimed.
///
/// Example: `{"job": 2801, "epoch": 77, "batch": 7, "lane": 3, "attempt": 1, "crashes": 0, "payload": "{…}"}`
public struct ClaimedJobView: Hashable, Sendable, Codable {
    /// The job.
    public var job: Int64
    /// Fencing token of this execution.
    public var epoch: Int64
    /// Its batch.
    public var batch: Int64
    /// Its lane.
    public var lane: Int64
    /// Which attempt it is, from 1.
    public var attempt: Int
    /// Workers that went away under it before.
    public var crashes: Int
    /// Steps that an earlier attempt has made.
    public var checkpointStep: Int?
    /// SHA-256 of the state after them.
    public var checkpoint: String?
    /// The request as it was submitted.
    public var payload: String

    /// Describes an execution.
    public init(
        job: Int64, epoch: Int64, batch: Int64, lane: Int64, attempt: Int, crashes: Int, checkpointStep: Int?,
        checkpoint: String?, payload: String
    ) {
        self.job = job
        self.epoch = epoch
        self.batch = batch
        self.lane = lane
        self.attempt = attempt
        self.crashes = crashes
        self.checkpointStep = checkpointStep
        self.checkpoint = checkpoint
        self.payload = payload
    }

    private enum CodingKeys: String, CodingKey {
        case job, epoch, batch, lane, attempt, crashes, checkpoint, payload
        case checkpointStep = "checkpoint_step"
    }
}

/// Answer of `POST /v1/worker/claim`.
///
/// Example: `{"jobs": [{"job": 2801, …}]}`
public struct ClaimAnswer: Hashable, Sendable, Codable {
    /// The jobs, all of one lane.
    public var jobs: [ClaimedJobView]

    /// Makes an answer.
    public init(jobs: [ClaimedJobView]) { self.jobs = jobs }
}

/// Answer of `POST /v1/worker/wait`.
///
/// Example: `{"work": true}`
public struct WaitAnswer: Hashable, Sendable, Codable {
    /// Whether there may be something to claim.
    public var work: Bool

    /// Makes an answer.
    public init(work: Bool) { self.work = work }
}

/// Body of `POST /v1/worker/beat`; leases are spelt `job:epoch`.
///
/// Example: `{"worker": "gpu-3-4711", "leases": ["2801:77"], "urgent": [4], "milliseconds": 12000}`
public struct BeatBody: Hashable, Sendable, Codable {
    /// Who beats.
    public var worker: String
    /// What it has.
    public var leases: [String]
    /// Lanes that go before those that it works on.
    public var urgent: [Int64]
    /// How long it may be silent from now on.
    public var milliseconds: Int64

    /// Describes a beat.
    public init(worker: String, leases: [String], urgent: [Int64], milliseconds: Int64) {
        self.worker = worker
        self.leases = leases
        self.urgent = urgent
        self.milliseconds = milliseconds
    }
}

/// Answer of `POST /v1/worker/beat`.
///
/// Example: `{"held": ["2801:77"], "registered": true, "order": "work", "yield": false}`
public struct BeatAnswerBody: Hashable, Sendable, Codable {
    /// Leases that it still has.
    public var held: [String]
    /// Whether it is announced.
    public var registered: Bool
    /// What an operator wants of it.
    public var order: String
    /// Whether long jobs should make room.
    public var yield: Bool

    /// Makes an answer.
    public init(held: [String], registered: Bool, order: String, yield: Bool) {
        self.held = held
        self.registered = registered
        self.order = order
        self.yield = yield
    }
}

/// Body of `POST /v1/worker/facts`: what a worker reports, in order.
///
/// Example: `{"worker": "gpu-3-4711", "facts": ["done 2801 77 {…}"]}`
public struct FactsBody: Hashable, Sendable, Codable {
    /// Who reports.
    public var worker: String
    /// The facts, at most ``Limits/maximumFacts``.
    public var facts: [String]

    /// Reports facts.
    public init(worker: String, facts: [String]) {
        self.worker = worker
        self.facts = facts
    }
}

/// Answer of `POST /v1/worker/facts`.
///
/// Example: `{"accepted": [true]}`
public struct FactsAnswer: Hashable, Sendable, Codable {
    /// For each fact: false where the lease was not the worker's any more.
    public var accepted: [Bool]

    /// Makes an answer.
    public init(accepted: [Bool]) { self.accepted = accepted }
}
