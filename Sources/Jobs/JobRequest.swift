/// What a job asks for, such as one face from a caption.
///
/// Its JSON is written once, when the job is submitted, and passes through PostgreSQL and Redis to the worker byte for
/// byte; equal requests have equal bytes.
public struct JobRequest: Hashable, Sendable {
    /// Versions of the JSON that this build reads.
    ///
    /// It writes version 1 where neither inputs nor options are given, as builds before there were any, and 2 else.
    public static let versions: ClosedRange<Int64> = 1...2
    /// Truncation psi that may be asked for.
    public static let truncations: ClosedRange<Double> = 0...2
    /// Most bytes of encoded JSON: a caption of nothing but escapes, and the rest.
    public static let maximumBytes = 16 * 1024

    /// What kind of work it is.
    public var kind: JobKind
    /// What to draw, empty where there are no words; of a drill, its script: see ``DrillScript``.
    public var caption: String
    /// Seed of every random number in it.
    public var seed: UInt64
    /// Which of the samples of the caption this is, from 0.
    public var sample: Int
    /// Digest of the model pack.
    public var model: String
    /// Truncation psi of the style code; the model's own when absent.
    public var truncation: Double?
    /// What it works on beside the caption; never a line, which a job's request does not know.
    public var inputs: JobInputs
    /// How it is done.
    public var options: JobOptions

    /// Describes a request.
    public init(
        kind: JobKind = .generate, caption: String, seed: UInt64, sample: Int, model: String, truncation: Double? = nil,
        inputs: JobInputs = .none, options: JobOptions = .none
    ) {
        self.inputs = inputs
        self.options = options
        self.kind = kind
        self.caption = caption
        self.seed = seed
        self.sample = sample
        self.model = model
        self.truncation = truncation
    }

    /// The JSON, keys in a fixed order.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(caption.utf8.count + 192)
        encode(into: &bytes)
        return bytes
    }

    /// Appends the JSON to `bytes`.
    public func encode(into bytes: inout [UInt8]) {
        var writer = JSONWriter(appendingTo: bytes)
        // Held once, so that appending does not copy.
        bytes = []
        writer.raw("{\"kind\":\"")
        writer.raw(kind.wireName)
        let isPlain = inputs.isEmpty && options.isEmpty
        writer.raw(isPlain ? "\",\"version\":1,\"caption\":" : "\",\"version\":2,\"caption\":")
        writer.string(caption)
        writer.raw(",\"seed\":")
        writer.number(seed)
        writer.raw(",\"sample\":")
        writer.number(sample)
        writer.raw(",\"model\":")
        writer.string(model)
        if let truncation {
            writer.raw(",\"truncation\":")
            writer.number(truncation)
        }
        if !inputs.isEmpty {
            writer.raw(",\"inputs\":")
            inputs.encode(into: &writer)
        }
        if !options.isEmpty {
            writer.raw(",\"options\":")
            options.encode(into: &writer)
        }
        writer.raw("}")
        bytes = writer.bytes
    }
}

/// Why the payload of a job cannot be read as a request.
public struct RequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for people.
    public var description: String

    init(_ description: String) { self.description = description }
}

extension JobRequest {
    /// Reads the JSON of a request, strictly: every field known and in its range.
    public init(decoding bytes: [UInt8]) throws(RequestError) {
        try self.init(decoding: bytes[...])
    }

    /// Reads the JSON of a request, strictly: every field known and in its range.
    public init(decoding bytes: ArraySlice<UInt8>) throws(RequestError) {
        guard bytes.count <= Self.maximumBytes else {
            throw RequestError("the request has \(bytes.count) bytes; the limit is \(Self.maximumBytes)")
        }
        var fields = Fields()
        do throws(JSONScanner.Failure) {
            try fields.read(bytes)
        } catch {
            throw RequestError("field “\(fields.current ?? "")” of the request: \(error.message)")
        }
        if let refusal = fields.refusal { throw refusal }
        guard let kind = fields.kind.flatMap(JobKind.init(rawValue:)),
            let version = fields.version, Self.versions.contains(version)
        else {
            throw RequestError("the request is of a kind or version that this build does not know")
        }
        guard let caption = fields.caption, let seed = fields.seed, let sample = fields.sample, let model = fields.model
        else { throw RequestError("the request lacks one of caption, seed, sample and model") }
        if version == 1, !fields.inputs.isEmpty || !fields.options.isEmpty {
            throw RequestError("a request of version 1 has neither inputs nor options")
        }
        for reference in fields.inputs.references {
            switch reference {
            case .artifact, .job: break
            case .line, .after: throw RequestError("a request names artifacts and jobs, not \(reference.text)")
            }
        }
        if let error = kind.objection(caption: caption, inputs: fields.inputs, options: fields.options) {
            throw RequestError(error.message)
        }
        self.init(
            kind: kind, caption: caption, seed: UInt64(seed), sample: Int(sample), model: model,
            truncation: fields.truncation, inputs: fields.inputs, options: fields.options)
    }

    private struct Fields {
        var kind: String?
        var version: Int64?
        var caption: String?
        var seed: Int64?
        var sample: Int64?
        var model: String?
        var truncation: Double?
        var inputs = JobInputs.none
        var options = JobOptions.none
        var current: String?
        var refusal: RequestError?
        private var seen: Set<String> = []

        mutating func read(_ bytes: ArraySlice<UInt8>) throws(JSONScanner.Failure) {
            var scanner = JSONScanner(bytes)
            try scanner.openObject()
            while let key = try scanner.nextKey() {
                current = key
                guard seen.insert(key).inserted else {
                    refusal = RequestError("field “\(ItemError.readable(key))” is there twice")
                    return
                }
                switch key {
                case "kind": kind = try scanner.string()
                case "version": version = try scanner.integer(in: 0...Int64(Int32.max))
                case "caption": caption = try scanner.string()
                case "seed": seed = try scanner.integer(in: 0...Int64.max)
                case "sample":
                    sample = try scanner.integer(in: 0...Int64(BatchSpecification.sampleCounts.upperBound - 1))
                case "model": model = try scanner.string()
                case "truncation": truncation = try scanner.double(in: JobRequest.truncations)
                case "inputs": inputs = try Self.inputs(&scanner)
                case "options": try options.read(from: &scanner)
                default:
                    refusal = RequestError("the request has the unknown field “\(ItemError.readable(key))”")
                    return
                }
            }
            current = nil
        }

        private static func inputs(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> JobInputs {
            var inputs = JobInputs.none
            try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
                guard let field = JobInputs.Field(rawValue: key) else {
                    throw JSONScanner.Failure(
                        kind: .malformed, message: "“\(ItemError.readable(key))” is no input")
                }
                try inputs.read(field, from: &scanner)
            }
            return inputs
        }
    }
}
