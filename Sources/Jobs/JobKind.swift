/// What kind of work a job is; a worker takes the kinds that its models announce.
public enum JobKind: String, Hashable, Sendable, CaseIterable {
    /// A face from words, a sketch, a label map, or from nothing but random numbers.
    case generate
    /// A photo, or a code, changed as words say.
    case manipulate
    /// A photo to the code that draws it.
    case invert
    /// A code improved step by step until it draws what is asked for: instance-level optimisation.
    case optimize
    /// Layers of one code in the place of another's.
    case mix
    /// Faces on the way from one code to others.
    case interpolate
    /// Figures of a finished batch.
    case evaluate
    /// An exercise of the queue itself, without tensors: see ``DrillScript``.
    case drill
    /// The same in steps, over minutes, with progress and checkpoints.
    case longDrill = "long_drill"

    /// Whether one job is work for minutes: then it advances beside others of its kind, and makes room at a checkpoint
    /// when something more urgent waits.
    public var isLong: Bool {
        switch self {
        case .generate, .manipulate, .invert, .mix, .interpolate, .drill: false
        case .optimize, .evaluate, .longDrill: true
        }
    }

    /// The name as it stands in requests.
    var wireName: StaticString {
        switch self {
        case .generate: "generate"
        case .manipulate: "manipulate"
        case .invert: "invert"
        case .optimize: "optimize"
        case .mix: "mix"
        case .interpolate: "interpolate"
        case .evaluate: "evaluate"
        case .drill: "drill"
        case .longDrill: "long_drill"
        }
    }
}

/// How soon somebody wants a job: each band has lanes of its own.
public enum Band: Int, Hashable, Sendable, CaseIterable {
    /// As fast as the workers allow; the usual one.
    case bulk = 0
    /// Somebody waits for it: workers look here first, three times out of four.
    case interactive = 1

    /// The name as people write it.
    public var name: String {
        switch self {
        case .bulk: "bulk"
        case .interactive: "interactive"
        }
    }

    /// The band that a name stands for.
    public init?(name: String) {
        guard let band = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = band
    }
}
