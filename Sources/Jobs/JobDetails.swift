/// A file that a job made beside its picture.
public struct JobOutput: Hashable, Sendable {
    /// Name, such as `frame-000.png`, unique in the job.
    public var name: String
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    public var digest: String
    /// Size in bytes.
    public var bytes: Int

    /// Describes an output.
    public init(name: String, digest: String, bytes: Int) {
        self.name = name
        self.digest = digest
        self.bytes = bytes
    }
}

/// What was measured of a picture.
public enum JobScore: String, Hashable, Sendable, CaseIterable, Comparable {
    /// How much of what the caption names is there to be seen, 0...1.
    case similarity
    /// How much it is the source's face, by the cosine of two embeddings, -1...1.
    case identity
    /// How much has changed that nobody asked for, 0...1.
    case drift
    /// How unlike a picture of a face it is, 0...1.
    case artefact
    /// The last loss of an optimisation, at least 0.
    case loss

    /// Orders by name.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What some jobs have to tell beyond a picture and its code.
public struct JobDetails: Hashable, Sendable {
    /// Most outputs of a job: the frames of the longest way, and the rest.
    public static let maximumOutputs = 256
    /// Most bytes of an output's name.
    public static let maximumNameBytes = 64

    /// Files beside the picture.
    public var outputs: [JobOutput]
    /// What was measured; finite numbers.
    public var scores: [JobScore: Double]

    /// Describes details.
    public init(outputs: [JobOutput] = [], scores: [JobScore: Double] = [:]) {
        self.outputs = outputs
        self.scores = scores
    }

    /// Nothing to tell.
    public static let none = JobDetails()

    /// Whether there is nothing to tell.
    public var isEmpty: Bool { outputs.isEmpty && scores.isEmpty }

    /// The JSON, keys in a fixed order.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter(capacity: 128 + 120 * outputs.count)
        encode(into: &writer)
        return writer.bytes
    }

    func encode(into writer: inout JSONWriter) {
        writer.raw("{\"outputs\":[")
        for (place, output) in outputs.enumerated() {
            writer.raw(place > 0 ? ",{\"name\":" : "{\"name\":")
            writer.string(output.name)
            writer.raw(",\"digest\":")
            writer.string(output.digest)
            writer.raw(",\"bytes\":")
            writer.number(output.bytes)
            writer.raw("}")
        }
        writer.raw("],\"scores\":{")
        for (place, score) in scores.sorted(by: { $0.key < $1.key }).enumerated() {
            if place > 0 { writer.raw(",") }
            writer.string(score.key.rawValue)
            writer.raw(":")
            writer.number(score.value)
        }
        writer.raw("}}")
    }

    /// Reads what ``encoded()`` wrote, strictly.
    public init(decoding bytes: [UInt8]) throws(FactError) {
        self.init()
        do throws(JSONScanner.Failure) {
            var scanner = JSONScanner(bytes[...])
            try scanner.openObject()
            while let key = try scanner.nextKey() { try read(key, from: &scanner) }
        } catch {
            throw FactError("the details of a result are malformed: \(error.message)")
        }
    }

    /// Reads the whole object in the place of a value.
    mutating func read(from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        var details = self
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in try details.read(key, from: &scanner) }
        self = details
    }

    private mutating func read(_ key: String, from scanner: inout JSONScanner) throws(JSONScanner.Failure) {
        switch key {
        case "outputs":
            var outputs: [JobOutput] = []
            try scanner.list(limit: Self.maximumOutputs) { (scanner) throws(JSONScanner.Failure) in
                outputs.append(try Self.output(&scanner))
            }
            self.outputs = outputs
        case "scores":
            var scores: [JobScore: Double] = [:]
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                guard let score = JobScore(rawValue: name) else { throw Self.unfit("a score is unknown") }
                scores[score] = try scanner.double(in: -1e300...1e300)
            }
            self.scores = scores
        default: throw Self.unfit("the key “\(ItemError.readable(key))” is unknown")
        }
    }

    private static func output(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> JobOutput {
        var output = JobOutput(name: "", digest: "", bytes: -1)
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            switch key {
            case "name": output.name = try scanner.string()
            case "digest": output.digest = try scanner.string()
            case "bytes": output.bytes = try scanner.count(in: 0...Int(Int32.max))
            default: throw unfit("the key “\(ItemError.readable(key))” is unknown")
            }
        }
        guard isName(output.name), InputReference.isDigest(output.digest), output.bytes >= 0 else {
            throw unfit("an output lacks a plain name, a digest or a size")
        }
        return output
    }

    /// Whether a name is fit for a file: letters, digits, dots, hyphens and underscores, and no dot in front.
    static func isName(_ name: String) -> Bool {
        (1...maximumNameBytes).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    private static func unfit(_ message: String) -> JSONScanner.Failure {
        JSONScanner.Failure(kind: .malformed, message: message)
    }
}
