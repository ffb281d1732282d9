/// What kind of work a job is; a worker takes the kinds that its models announce.
public enum JobKind: String, Hashable, Sendable, CaseIterable {
    /// A face from a caption.
    case generate
    /// An exercise of the queue itself, without tensors: see ``DrillScript``.
    case drill
    /// The same in steps, over minutes, with progress and checkpoints.
    case longDrill = "long_drill"

    /// Whether one job is work for minutes: then a worker holds one at a time, and makes room at a checkpoint when
    /// something more urgent waits.
    public var isLong: Bool {
        switch self {
        case .generate, .drill: false
        case .longDrill: true
        }
    }

    /// The name as it stands in requests.
    var wireName: StaticString {
        switch self {
        case .generate: "generate"
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
