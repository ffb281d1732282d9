/// What all jobs of a batch have in common.
public struct BatchSpecification: Hashable, Sendable {
    /// Images that may be asked for with each caption.
    public static let sampleCounts = 1...1_000
    /// Most bytes (UTF-8) of a name.
    public static let maximumNameBytes = 200
    /// Most jobs of a batch: lines times samples.
    public static let maximumJobs = 10_000_000

    /// Name for people; need not be unique.
    public let name: String
    /// What kind of work its jobs are.
    public let kind: JobKind
    /// Name or digest of the model.
    public let model: String
    /// Images for each caption.
    public let samples: Int
    /// Seed of line 0; line n has `seed + n`.
    public let seed: UInt64
    /// Truncation psi of the style code; the model's own when absent.
    public let truncation: Double?
    /// When, and in which order among others, they run.
    public let schedule: BatchSchedule

    /// Checks the parts of a specification.
    public init(
        name: String, kind: JobKind = .generate, model: String, samples: Int = 1, seed: UInt64 = 0,
        truncation: Double? = nil, schedule: BatchSchedule = BatchSchedule()
    ) throws(SpecificationError) {
        try Self.check(name, field: "name")
        try Self.check(model, field: "model")
        guard Self.sampleCounts.contains(samples) else {
            throw SpecificationError(
                field: "samples", "must be from \(Self.sampleCounts.lowerBound) to \(Self.sampleCounts.upperBound)")
        }
        guard CaptionItem.seeds.contains(seed) else {
            throw SpecificationError(field: "seed", "must be from 0 to \(CaptionItem.seeds.upperBound)")
        }
        try schedule.check()
        if let truncation, !JobRequest.truncations.contains(truncation) {
            let range = JobRequest.truncations
            throw SpecificationError(field: "truncation", "must be from \(range.lowerBound) to \(range.upperBound)")
        }
        self.name = name
        self.kind = kind
        self.model = model
        self.samples = samples
        self.seed = seed
        self.truncation = truncation
        self.schedule = schedule
    }

    private static func check(_ text: String, field: String) throws(SpecificationError) {
        guard (1...maximumNameBytes).contains(text.utf8.count) else {
            throw SpecificationError(field: field, "must have 1 to \(maximumNameBytes) bytes")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw SpecificationError(field: field, "must not contain control characters")
        }
    }

    /// The request of one image of an item.
    /// - Parameters:
    ///   - item: The item.
    ///   - line: Number of its line in the batch, from 0.
    ///   - sample: Which image of it, from 0.
    ///   - digest: Digest of the model that ``model`` stands for.
    public func request(for item: CaptionItem, line: Int, sample: Int, digest: String) -> JobRequest {
        JobRequest(
            kind: kind, caption: item.caption, seed: item.seed ?? self.seed(ofLine: line), sample: sample,
            model: digest,
            truncation: truncation)
    }

    /// The seed of a line that has none of its own: that of the batch plus its number, modulo 2^63.
    public func seed(ofLine line: Int) -> UInt64 {
        (seed &+ UInt64(line)) & UInt64(Int64.max)
    }
}

/// Why a batch is refused.
public struct SpecificationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field at fault.
    public var field: String
    /// What its value must be.
    public var message: String

    init(field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    /// Field and message.
    public var description: String { "“\(field)” \(message)" }
}
