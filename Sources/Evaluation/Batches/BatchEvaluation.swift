import Perception
public import TediGAN
public import Torch

/// Judges the pictures of a finished batch, some at a time; see ``BatchReport`` for what is found.
///
/// Only numbers are kept, and of those that grow with the batch no more than the first few thousand. Confined to one
/// thread, like all tensors.
public final class BatchEvaluation {
    /// A picture with its caption.
    public struct Picture: Sendable {
        /// What it was made of; may be empty.
        public var caption: String
        /// RGB bytes, row by row.
        public var pixels: [UInt8]
        /// Columns.
        public var width: Int
        /// Rows.
        public var height: Int

        /// Creates a picture.
        public init(caption: String, pixels: [UInt8], width: Int, height: Int) {
            (self.caption, self.pixels, self.width, self.height) = (caption, pixels, width, height)
        }
    }

    /// Features that are kept for the kernel distance and the diversity.
    static let kept = 4_096
    /// Faces of noise to compare with.
    static let references = 512

    private let digest: String
    private let device: Device
    private let network: AttributeClassifier
    private let names: [String]
    private let places: [String: Int]
    private let reader: CaptionReader?
    private let usual: (rates: [Double], features: Tensor)
    private var tally: AttributeTally
    private var statistics: FeatureStatistics
    private var features: [(caption: String, row: Tensor)] = []
    private var claims: [(probabilities: [Double], claims: [CaptionRetrieval.Claim])] = []
    private var captions: Set<String> = []
    private var pictures = 0

    /// An evaluation with a pack's own judge.
    /// - Parameters:
    ///   - pack: an opened pack.
    ///   - faces: its networks, which draw the faces to compare with.
    ///   - device: where to run.
    /// - Throws: `TediGANError.missing` for a pack without a judge of attributes.
    public init(pack: ModelPack, faces: FaceSynthesis, device: Device = .cpu) throws {
        (network, names) = try pack.attributeClassifier(device: device)
        (digest, self.device) = (pack.digest, device)
        places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        reader = pack.has(.text) ? try CaptionReader(pack: pack) : nil
        tally = AttributeTally(count: names.count)
        statistics = try FeatureStatistics(width: network.featureWidth)
        let side = pack.manifest.resolution
        let drawn = try faces.make(
            (0..<Self.references).map {
                FaceRequest(.generate(nil), key: SampleKey(seed: 0xB47C, sample: UInt64($0)))
            }
        ).map { Picture(caption: "", pixels: $0.pixels, width: side, height: side) }
        let seen = try Self.look(drawn, network, device)
        let count = Double(Self.references)
        usual = (names.indices.map { place in seen.probabilities.reduce(0) { $0 + $1[place] } / count }, seen.features)
    }

    /// Judges pictures.
    public func add(_ more: [Picture]) throws {
        guard !more.isEmpty else { return }
        let seen = try Self.look(more, network, device)
        try statistics.add(seen.features)
        for (row, picture) in more.enumerated() {
            pictures += 1
            let named = picture.caption.isEmpty ? [] : (try? reader?.read(picture.caption).attributes) ?? []
            let said = named.compactMap { attribute in
                places[attribute.attribute].map { CaptionRetrieval.Claim(place: $0, attribute.isPresent) }
            }
            tally.add(seen.probabilities[row], said)
            let isFirst = !picture.caption.isEmpty && captions.insert(picture.caption).inserted
            guard features.count < Self.kept else { continue }
            let feature = try seen.features.narrow(0, start: row, length: 1).clone()
            features.append((picture.caption, feature))
            // One picture of each caption: a caption is no rival of itself.
            if isFirst, !said.isEmpty { claims.append((seen.probabilities[row], said)) }
        }
    }

    /// What was found.
    public func report() throws -> BatchReport {
        BatchReport(
            pack: digest, pictures: pictures, captions: captions.count, mentions: tally.mentions,
            accuracy: tally.accuracy(nil), accuracyOfPresence: tally.accuracy(true),
            accuracyOfAbsence: tally.accuracy(false), similarity: tally.similarity, retrieval: retrieval,
            diversity: try diversity(), distance: try distance(),
            attributes: names.indices.map { place in
                BatchReport.Attribute(
                    name: names[place], named: tally.named[place], confirmed: tally.share(of: place),
                    seen: pictures > 0 ? Double(tally.seen[place]) / Double(pictures) : 0,
                    usual: usual.rates[place])
            })
    }

    /// What the judge sees: probabilities [N][A] and features [N, F].
    private static func look(
        _ pictures: [Picture], _ network: AttributeClassifier, _ device: Device
    ) throws -> (probabilities: [[Double]], features: Tensor) {
        var (probabilities, features) = ([[Double]](), [Tensor]())
        for start in stride(from: 0, to: pictures.count, by: 16) {
            let part = pictures[start..<min(start + 16, pictures.count)]
            let tensors = try part.map { picture in
                try PhotoInput(width: picture.width, height: picture.height, pixels: picture.pixels)
                    .tensor(side: network.size, device: device)
            }
            let (rows, width, found) = try withInferenceMode {
                let images = try Tensor.cat(tensors)
                let seen = try network(images).sigmoid()
                return (try seen.doubles(), seen.shape[1], try network.features(images).to(device: .cpu))
            }
            for row in part.indices.map({ $0 - start }) {
                probabilities.append(Array(rows[row * width..<(row + 1) * width]))
            }
            features.append(found)
        }
        return (probabilities, try withInferenceMode { try Tensor.cat(features) })
    }

    private var retrieval: CaptionRetrieval? {
        guard claims.count >= 4, Set(claims.map(\.claims)).count > 1 else { return nil }
        return CaptionRetrieval(
            probabilities: claims.map(\.probabilities), claims: claims.map(\.claims), rates: usual.rates)
    }

    private func diversity() throws -> Double? {
        let groups = Dictionary(grouping: features.indices.filter { !features[$0].caption.isEmpty }) {
            features[$0].caption
        }.values.filter { $0.count > 1 }
        guard !groups.isEmpty, captions.count > 1 else { return nil }
        return try withInferenceMode {
            var (sum, count) = (0.0, 0.0)
            for group in groups {
                sum += try Tensor.cat(group.prefix(64).map { features[$0].row }).meanPairDistance()
                count += 1
            }
            let all = try Tensor.cat(features.prefix(1_024).map(\.row)).meanPairDistance()
            return all > 0 ? sum / count / all : nil
        }
    }

    private func distance() throws -> BatchReport.Distance? {
        guard pictures >= 8 else { return nil }
        return try withInferenceMode {
            let frechet = try FrechetDistance(statistics, FeatureStatistics(usual.features))
            let kernel = try KernelDistance(Tensor.cat(features.map(\.row)), usual.features)
            return BatchReport.Distance(
                frechet: frechet.value, kernel: kernel.value, kernelDeviation: kernel.deviation,
                references: Self.references)
        }
    }
}

/// What captions say and what a judge sees, counted.
struct AttributeTally {
    /// How often each attribute is named.
    private(set) var named: [Int]
    /// How often each is seen.
    private(set) var seen: [Int]
    private var right: [Int]
    private var byValue: [Bool: (right: Int, all: Int)] = [:]
    private var similarities = (sum: 0.0, count: 0)

    init(count: Int) {
        let none = [Int](repeating: 0, count: count)
        (named, seen, right) = (none, none, none)
    }

    mutating func add(_ probabilities: [Double], _ said: [CaptionRetrieval.Claim]) {
        for (place, probability) in probabilities.enumerated() where probability > 0.5 { seen[place] += 1 }
        for claim in said {
            named[claim.place] += 1
            byValue[claim.value, default: (0, 0)].all += 1
            guard (probabilities[claim.place] > 0.5) == claim.value else { continue }
            right[claim.place] += 1
            byValue[claim.value, default: (0, 0)].right += 1
        }
        guard !said.isEmpty else { return }
        let sure = said.map { $0.value ? probabilities[$0.place] : 1 - probabilities[$0.place] }
        similarities = (similarities.sum + sure.reduce(0, +) / Double(sure.count), similarities.count + 1)
    }

    var mentions: Int { named.reduce(0, +) }

    var similarity: Double? { similarities.count > 0 ? similarities.sum / Double(similarities.count) : nil }

    func share(of place: Int) -> Double? {
        named[place] > 0 ? Double(right[place]) / Double(named[place]) : nil
    }

    /// The share that is right of what captions say is there, or is not, or of both.
    func accuracy(_ value: Bool?) -> Double? {
        let counted = byValue.filter { value == nil || $0.key == value }.values
        let all = counted.reduce(0) { $0 + $1.all }
        return all > 0 ? Double(counted.reduce(0) { $0 + $1.right }) / Double(all) : nil
    }
}
