/// What all jobs of a batch have in common.
public struct BatchSpecification: Hashable, Sendable {
    /// Images that may be asked for with each line: see ``variants``.
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
    /// Images for each line, truncation and style.
    public let samples: Int
    /// Seed of line 0; line n has `seed + n`.
    public let seed: UInt64
    /// Truncation psi of the style code; the model's own when absent.
    public let truncation: Double?
    /// When, and in which order among others, they run.
    public let schedule: BatchSchedule
    /// How its jobs are done, where a line does not say otherwise.
    public let options: JobOptions
    /// Values of psi that each line is drawn with, one after the other; ``truncation`` alone where there are none.
    public let truncations: [Double]
    /// Seeds of the styles that each line is drawn in; its own alone where there are none.
    public let styles: [UInt64]
    /// A batch that has to be finished before any of its jobs runs, and that its lines may refer to.
    public let after: BatchID?

    /// Checks the parts of a specification.
    public init(
        name: String, kind: JobKind = .generate, model: String, samples: Int = 1, seed: UInt64 = 0,
        truncation: Double? = nil, schedule: BatchSchedule = BatchSchedule(), options: JobOptions = .none,
        truncations: [Double] = [], styles: [UInt64] = [], after: BatchID? = nil
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
        if let truncation { try Self.check(truncation, field: "truncation") }
        for psi in truncations { try Self.check(psi, field: "truncations") }
        if truncation != nil, !truncations.isEmpty {
            throw SpecificationError(field: "truncations", "stands in the place of “truncation”; give one of the two")
        }
        guard styles.allSatisfy(CaptionItem.seeds.contains) else {
            throw SpecificationError(field: "styles", "must be from 0 to \(CaptionItem.seeds.upperBound)")
        }
        if let objection = kind.objection(to: options) { throw SpecificationError(field: "options", objection) }
        if !truncations.isEmpty || !styles.isEmpty {
            guard kind == .generate else {
                throw SpecificationError(
                    field: truncations.isEmpty ? "styles" : "truncations", "is for jobs of kind generate")
            }
            let product = Double(samples) * Double(max(1, truncations.count)) * Double(max(1, styles.count))
            guard product <= Double(Self.sampleCounts.upperBound) else {
                throw SpecificationError(
                    field: "samples",
                    "times truncations times styles may be up to \(Self.sampleCounts.upperBound) images a line")
            }
        }
        self.name = name
        self.kind = kind
        self.model = model
        self.samples = samples
        self.seed = seed
        self.truncation = truncation
        self.schedule = schedule
        self.options = options
        self.truncations = truncations
        self.styles = styles
        self.after = after
    }

    /// Jobs of each line: samples times truncations times styles.
    public var variants: Int { samples * max(1, truncations.count) * max(1, styles.count) }

    private static func check(_ truncation: Double, field: String) throws(SpecificationError) {
        let range = JobRequest.truncations
        guard range.contains(truncation) else {
            throw SpecificationError(field: field, "must be from \(range.lowerBound) to \(range.upperBound)")
        }
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
    ///
    /// Of the images of a line, the sample counts fastest, then the truncation, then the style; those that differ in
    /// truncation or style alone draw the same random numbers.
    /// - Parameters:
    ///   - item: The item.
    ///   - line: Number of its line in the batch, from 0.
    ///   - sample: Which image of it, from 0 to before ``variants``.
    ///   - digest: Digest of the model that ``model`` stands for.
    ///   - inputs: Its inputs with references to lines resolved; those of the item if `nil`.
    public func request(
        for item: CaptionItem, line: Int, sample: Int, digest: String, inputs: JobInputs? = nil
    ) -> JobRequest {
        var options = item.isPlain ? options : options.overridden(by: item.options)
        let group = sample / samples
        let first = options.firstSample ?? 0
        options.firstSample = nil
        if !styles.isEmpty { options.style = styles[group / max(1, truncations.count)] }
        return JobRequest(
            kind: kind, caption: item.caption, seed: item.seed ?? self.seed(ofLine: line),
            sample: (first + sample % samples) % Self.sampleCounts.upperBound, model: digest,
            truncation: truncations.isEmpty ? truncation : truncations[group % truncations.count],
            inputs: inputs ?? item.inputs, options: options)
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

    /// Says what is wrong with a field.
    public init(field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    /// Field and message.
    public var description: String { "“\(field)” \(message)" }
}
