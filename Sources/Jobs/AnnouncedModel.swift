/// A model as workers announce it.
public struct AnnouncedModel: Hashable, Sendable {
    /// Name that users submit with.
    public var name: String
    /// SHA-256 of the pack's description, 64 lower-case hexadecimal digits: the identity of the model.
    public var digest: String
    /// Width and height of its images in pixels.
    public var resolution: Int
    /// Rows of its W+ code.
    public var layers: Int
    /// Words that its text encoder knows.
    public var vocabulary: [String]
    /// What kinds of work it does.
    public var kinds: [JobKind]
    /// What its pack has networks for.
    public var abilities: Set<Ability>

    /// Describes a model.
    public init(
        name: String, digest: String, resolution: Int, layers: Int, vocabulary: [String],
        kinds: [JobKind] = [.generate], abilities: Set<Ability> = [.words]
    ) {
        self.abilities = abilities
        self.name = name
        self.kinds = kinds
        self.digest = digest
        self.resolution = resolution
        self.layers = layers
        self.vocabulary = vocabulary
    }
}

/// A worker as it announces itself.
public struct WorkerAnnouncement: Hashable, Sendable {
    /// Its name, unique while it lives.
    public var name: WorkerName
    /// The machine that it runs on.
    public var host: String
    /// Version of its software.
    public var version: String
    /// Where its tensors live, such as `cpu` or `cuda:0`.
    public var device: String
    /// Group of workers that it belongs to.
    public var pool: String
    /// Most images of one forward pass.
    public var capacity: Int
    /// Memory of the device in MiB; 0 where it is not known.
    public var memory: Int
    /// Models that it can run.
    public var models: [AnnouncedModel]

    /// Describes a worker.
    public init(
        name: WorkerName, host: String, version: String, device: String, pool: String = WorkerAnnouncement.defaultPool,
        capacity: Int, memory: Int = 0, models: [AnnouncedModel]
    ) {
        self.name = name
        self.host = host
        self.version = version
        self.device = device
        self.pool = pool
        self.capacity = capacity
        self.memory = memory
        self.models = models
    }

    /// The pool of workers that were not given another.
    public static let defaultPool = "default"
}
