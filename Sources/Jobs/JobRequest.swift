/// What a job asks for, such as one face from a caption.
///
/// Its JSON is written once, when the job is submitted, and passes through PostgreSQL and Redis to the worker byte for
/// byte; equal requests have equal bytes.
public struct JobRequest: Hashable, Sendable {
    /// Version of the JSON that this build writes and reads.
    public static let version = 1
    /// Truncation psi that may be asked for.
    public static let truncations: ClosedRange<Double> = 0...2
    /// Most bytes of encoded JSON: a caption of nothing but escapes, and the rest.
    public static let maximumBytes = 16 * 1024

    /// What kind of work it is.
    public var kind: JobKind
    /// What to draw; of a drill, its script: see ``DrillScript``.
    public var caption: String
    /// Seed of every random number in it.
    public var seed: UInt64
    /// Which of the samples of the caption this is, from 0.
    public var sample: Int
    /// Digest of the model pack.
    public var model: String
    /// Truncation psi of the style code; the model's own when absent.
    public var truncation: Double?

    /// Describes a request.
    public init(
        kind: JobKind = .generate, caption: String, seed: UInt64, sample: Int, model: String, truncation: Double? = nil
    ) {
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
        writer.raw("\",\"version\":1,\"caption\":")
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
        guard let kind = fields.kind.flatMap(JobKind.init(rawValue:)), fields.version == Int64(Self.version) else {
            throw RequestError("the request is of a kind or version that this build does not know")
        }
        guard let caption = fields.caption, let seed = fields.seed, let sample = fields.sample, let model = fields.model
        else { throw RequestError("the request lacks one of caption, seed, sample and model") }
        self.init(
            kind: kind, caption: caption, seed: UInt64(seed), sample: Int(sample), model: model,
            truncation: fields.truncation)
    }

    private struct Fields {
        var kind: String?
        var version: Int64?
        var caption: String?
        var seed: Int64?
        var sample: Int64?
        var model: String?
        var truncation: Double?
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
                default:
                    refusal = RequestError("the request has the unknown field “\(ItemError.readable(key))”")
                    return
                }
            }
            current = nil
        }
    }
}
