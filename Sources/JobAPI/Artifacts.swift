/// Answer of `PUT /v1/artifacts/{sha256}`: an input that is in the store now, and that its owner may name.
///
/// Example: `{"digest": "9f86…", "kind": "photo", "bytes": 48211}`
public struct ArtifactView: Hashable, Sendable, Codable {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    public var digest: String
    /// What it was taken for: `photo`, `code` or `index`.
    public var kind: String
    /// Its size.
    public var bytes: Int

    /// Describes an artifact.
    public init(digest: String, kind: String, bytes: Int) {
        self.digest = digest
        self.kind = kind
        self.bytes = bytes
    }
}

/// Body of `POST /v1/estimate`: the fields of a batch that is to be created, and how many lines it will have.
///
/// Example: `{"name": "celeba-aug", "model": "demo", "samples": 4, "lines": 30000}`
public struct EstimateBody: Hashable, Sendable, Codable {
    /// What all of its lines would have in common.
    public var batch: CreateBatchBody
    /// How many lines there would be.
    public var lines: Int

    /// Asks about a batch.
    public init(batch: CreateBatchBody, lines: Int) {
        self.batch = batch
        self.lines = lines
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case lines
    }

    /// Reads a body, in which the fields of the batch stand beside the lines.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CreateBatchBody.fields + CodingKeys.allCases.map(\.stringValue))
        batch = try CreateBatchBody(lenient: decoder)
        lines = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .lines)
    }

    /// Writes the fields side by side.
    public func encode(to encoder: any Encoder) throws {
        try batch.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(lines, forKey: .lines)
    }
}

/// Answer of `POST /v1/estimate`.
///
/// Example: `{"jobs": 120000, "images_per_second": 31.5, "seconds": 3810}`
public struct EstimateView: Hashable, Sendable, Codable {
    /// Jobs that the batch would have.
    public var jobs: Int
    /// Images of the same kind and model that were made each second lately; absent where there were none.
    public var imagesPerSecond: Double?
    /// Time that the batch would take at that rate.
    public var seconds: Double?

    /// Describes an estimate.
    public init(jobs: Int, imagesPerSecond: Double?, seconds: Double?) {
        self.jobs = jobs
        self.imagesPerSecond = imagesPerSecond
        self.seconds = seconds
    }

    private enum CodingKeys: String, CodingKey {
        case jobs, seconds
        case imagesPerSecond = "images_per_second"
    }
}
