import Foundation
public import Jobs

/// Everything that is known about how one picture came to be; enough to make it again.
public struct ArtifactManifest: Codable, Equatable, Sendable {
    /// A model pack by name and by digest.
    public struct Pack: Codable, Equatable, Sendable {
        /// Name of the pack, as its author gave it.
        public var name: String
        /// SHA-256 of the pack's description: the identity of the model.
        public var digest: String

        /// Creates a reference.
        public init(name: String, digest: String) {
            self.name = name
            self.digest = digest
        }
    }

    /// The picture.
    public struct Image: Codable, Equatable, Sendable {
        /// Name of the PNG object.
        public var digest: ArtifactDigest
        /// Size of the PNG in bytes.
        public var bytes: Int
        /// Width in pixels.
        public var width: Int
        /// Height in pixels.
        public var height: Int

        /// Creates a reference.
        public init(digest: ArtifactDigest, bytes: Int, width: Int, height: Int) {
            self.digest = digest
            self.bytes = bytes
            self.width = width
            self.height = height
        }
    }

    /// The W+ latent code that the picture was synthesised from.
    public struct Code: Codable, Equatable, Sendable {
        /// Name of the safetensors object.
        public var digest: ArtifactDigest
        /// Size of the object in bytes.
        public var bytes: Int
        /// Layers and width of the code.
        public var shape: [Int]

        /// Creates a reference.
        public init(digest: ArtifactDigest, bytes: Int, shape: [Int]) {
            self.digest = digest
            self.bytes = bytes
            self.shape = shape
        }
    }

    /// What a job worked on, or what came of it beside the picture.
    public struct File: Codable, Equatable, Sendable {
        /// Of an input the field of the request (`photo`, `sources`, …), of an output its name, such as `frame-000.png`.
        public var name: String
        /// Name of the object.
        public var digest: ArtifactDigest
        /// Size of the object in bytes; absent for inputs.
        public var bytes: Int?

        /// Creates a reference.
        public init(name: String, digest: ArtifactDigest, bytes: Int? = nil) {
            self.name = name
            self.digest = digest
            self.bytes = bytes
        }
    }

    /// Versions of this format that this build reads.
    public static let versions = 1...2

    /// Version of this format: 1, or 2 where there are inputs, outputs or scores.
    public var version = 1
    /// The job.
    public var job: Int64
    /// The fencing token of the execution; the job's other executions, if any, have manifests of their own.
    public var epoch: Int64
    /// The model.
    public var pack: Pack
    /// The request, byte for byte as it was submitted.
    public var request: String
    /// Seed of the generator.
    public var seed: UInt64
    /// Which of the samples of the caption this is, from 0.
    public var sample: Int
    /// Attributes that the model found in the caption, each with what it took them to mean.
    public var attributes: [String: String]
    /// The latent code.
    public var code: Code
    /// The picture.
    public var image: Image
    /// Name of the worker.
    public var worker: String
    /// Versions of the parts that had a hand in it.
    public var versions: [String: String]
    /// Milliseconds by stage; of the micro-batch where the stage handles one at a time.
    public var timings: [String: Double]
    /// What the job worked on, in the order of the request; absent in version 1.
    public private(set) var inputs: [File]?
    /// What came of it beside the picture and its code; absent in version 1.
    public private(set) var outputs: [File]?
    /// What was measured, by name; absent in version 1.
    public private(set) var scores: [String: Double]?

    /// Creates a manifest, of version 2 where there are inputs, outputs or scores.
    public init(
        job: JobID, epoch: Epoch, pack: Pack, request: [UInt8], seed: UInt64, sample: Int,
        attributes: [String: String], code: Code, image: Image, worker: String, versions: [String: String],
        timings: [String: Double], inputs: [File] = [], details: JobDetails = .none
    ) {
        self.job = Int64(job.rawValue)
        self.epoch = Int64(epoch.rawValue)
        self.pack = pack
        self.request = String(decoding: request, as: UTF8.self)
        self.seed = seed
        self.sample = sample
        self.attributes = attributes
        self.code = code
        self.image = image
        self.worker = worker
        self.versions = versions
        self.timings = timings
        guard !inputs.isEmpty || !details.isEmpty else { return }
        version = 2
        self.inputs = inputs
        outputs = details.outputs.compactMap { output in
            ArtifactDigest(hex: output.digest).map { File(name: output.name, digest: $0, bytes: output.bytes) }
        }
        scores = Dictionary(details.scores.map { ($0.key.rawValue, $0.value) }) { first, _ in first }
    }

    /// Outputs and scores as the job's result tells them.
    public var details: JobDetails {
        let scores = (scores ?? [:]).compactMap { name, value in JobScore(rawValue: name).map { ($0, value) } }
        return JobDetails(
            outputs: (outputs ?? []).map { JobOutput(name: $0.name, digest: $0.digest.hex, bytes: $0.bytes ?? 0) },
            scores: Dictionary(scores) { first, _ in first })
    }

    /// Largest manifest that is read, in bytes.
    public static let limit = 1 << 20

    /// The JSON that is stored: keys sorted, so that equal manifests have equal bytes.
    public func encoded() throws(ArtifactError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(self))
        } catch {
            throw ArtifactError(.corrupt, "the manifest of job \(job) cannot be written as JSON: \(error)")
        }
    }

    /// Reads what ``encoded()`` wrote.
    public init(decoding bytes: [UInt8]) throws(ArtifactError) {
        guard bytes.count <= Self.limit else {
            throw ArtifactError(.tooLarge, "a manifest of \(bytes.count) bytes; the limit is \(Self.limit)")
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(bytes))
        } catch {
            throw ArtifactError(.corrupt, "a manifest is not what this version writes: \(error)")
        }
        guard Self.versions.contains(version) else {
            throw ArtifactError(
                .corrupt,
                "a manifest has version \(version); this build reads \(Self.versions.lowerBound) to "
                    + "\(Self.versions.upperBound)")
        }
    }
}
