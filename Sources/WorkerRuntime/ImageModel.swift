package import Jobs

/// What a worker needs of a model: the seam between the queue and the tensors.
///
/// An instance is made, used and released on the one thread of its ``ModelHost``; it need not be `Sendable`.
package protocol ImageModel {
    /// What the worker announces and what manifests record.
    var identity: ModelIdentity { get }

    /// Why this request can never succeed, or `nil`; cheap, and without tensors.
    func objection(to request: JobRequest) -> String?

    /// The same for a job whose inputs are there: a code of another model's shape, a label map of unknown classes.
    func objection(to job: ModelJob) -> String?

    /// One forward pass: a picture for each request, in order.
    ///
    /// A picture depends on the model, its request and its seed, never on its neighbours in the group.
    func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage]

    /// The same for jobs of which more is known than what they ask for.
    func run(_ jobs: [ModelJob]) throws(ModelError) -> [ModelOutput]

    /// Works on jobs of one kind that is long, side by side, on the thread of the model, until none is left; see
    /// ``LongCohort`` for what it owes.
    nonisolated(nonsending) func perform(_ cohort: LongCohort) async

    /// Makes one picture of a request that is known to be good.
    ///
    /// Tells a model that is broken (a lost device) from a group of requests that are.
    func selfTest() throws(ModelError)
}

extension ImageModel {
    package func objection(to job: ModelJob) -> String? { objection(to: job.request) }

    package func run(_ jobs: [ModelJob]) throws(ModelError) -> [ModelOutput] {
        try generate(jobs.map(\.request)).map { .image($0) }
    }

    package nonisolated(nonsending) func perform(_ cohort: LongCohort) async {
        for job in await cohort.newcomers() {
            let refusal = ModelError.refused("the model \(identity.name) does no \(job.request.kind.rawValue)")
            await cohort.finish(job, .failed(refusal))
        }
    }
}

/// A job as the model sees it.
package struct ModelJob: Sendable {
    /// What is asked for.
    package var request: JobRequest
    /// What it refers to, fetched and decoded.
    package var inputs: ModelInputs
    /// Which attempt it is, from 1.
    package var attempt: Int
    /// How often a worker went away under it.
    package var crashes: Int
    /// To be called now and then by a model that takes many steps in one pass: one that says nothing for long is taken to
    /// hang.
    package var touch: @Sendable () -> Void = {}

    package init(_ request: JobRequest, inputs: ModelInputs = ModelInputs(), attempt: Int = 1, crashes: Int = 0) {
        self.request = request
        self.inputs = inputs
        self.attempt = attempt
        self.crashes = crashes
    }
}

/// What comes of a job.
package enum ModelOutput: Sendable {
    /// A picture, to be encoded and stored.
    case image(GeneratedImage)
    /// A result whose artifacts are stored already.
    case result(JobResult)
}

/// A model by everything that others must know of it.
package struct ModelIdentity: Equatable, Sendable {
    /// Name that users submit with.
    package var name: String
    /// SHA-256 of the pack's description.
    package var digest: String
    /// Width and height of the pictures, in pixels.
    package var resolution: Int
    /// Number of rows of a W+ code.
    package var layers: Int
    /// Words that the text encoder knows.
    package var vocabulary: [String]
    /// What kinds of work it does.
    package var kinds: [JobKind]
    /// What it understands and what it can measure.
    package var abilities: Set<Ability>
    /// Where it runs: `cpu`, `cuda:0`.
    package var device: String
    /// Versions of the parts under it, for the manifests.
    package var versions: [String: String]

    package init(
        name: String, digest: String, resolution: Int, layers: Int, vocabulary: [String],
        kinds: [JobKind] = [.generate], abilities: Set<Ability> = [.words], device: String,
        versions: [String: String]
    ) {
        self.name = name
        self.digest = digest
        self.resolution = resolution
        self.layers = layers
        self.vocabulary = vocabulary
        self.kinds = kinds
        self.abilities = abilities
        self.device = device
        self.versions = versions
    }
}

/// Why a forward pass did not come to an end.
package enum ModelError: Error, Equatable, Sendable {
    /// The request is at fault; it fails for good, with these words to its author.
    case refused(String)
    /// The computation failed; another attempt may succeed.
    case failed(String)
    /// The same, after the wait that whatever failed has asked for.
    case busy(String, retryAfter: Duration)
    /// The artifact store is away: the job is put off, and no attempt of it is burnt.
    case away(String)

    /// What happened, in words.
    package var message: String {
        switch self {
        case .refused(let message), .failed(let message), .busy(let message, _), .away(let message): message
        }
    }
}
