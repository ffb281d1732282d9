import Captions
import Crypto
import FaceCollections
import FaceData
import Foundation
import Torch

/// Where a run's faces come from; each set of them is made when it is first needed, and once.
final class TrainingSources {
    private let recipe: Recipe
    private let threads: Int
    private let say: (String) -> Void
    private var drawn: [FaceSplit: FaceDataset] = [:]
    private var opened: FaceCollection?
    private var known: String?
    private var collected: [FaceSplit: CollectedFaces] = [:]
    private let cacheBytes: Int
    private let device: Device
    private var codes: LatentBasis?

    /// - Parameters:
    ///   - recipe: which faces.
    ///   - threads: of the renderer, or to decode pictures with.
    ///   - cacheBytes: most bytes of a data set's decoded pictures to keep.
    ///   - device: where tensors are made.
    ///   - say: told, in a line, of what begins.
    init(_ recipe: Recipe, threads: Int, cacheBytes: Int, device: Device, say: @escaping (String) -> Void) {
        (self.recipe, self.threads, self.cacheBytes, self.say) = (recipe, threads, cacheBytes, say)
        self.device = device
    }

    /// Rendered faces of a split.
    func rendered(_ split: FaceSplit) -> FaceDataset {
        if let known = drawn[split] { return known }
        let count = split == .training ? recipe.data.training : recipe.data.validation
        say("drawing \(count) faces (\(split.rawValue))")
        let faces = FaceDataset(
            split: split, seed: recipe.seed, count: count, size: recipe.resolution, threads: threads,
            device: device)
        drawn[split] = faces
        return faces
    }

    /// The faces of a split, rendered or of the recipe's data set.
    /// - Parameters:
    ///   - split: which of them.
    ///   - wants: what is asked of them besides their pictures; more costs time and memory.
    func faces(_ split: FaceSplit, wants: FaceLoader.Wants = .image) throws -> any TrainingFaces {
        guard let collection = try collection() else { return rendered(split) }
        if let known = collected[split], known.wants == wants { return known }
        let faces = try CollectedFaces(
            collection, split, limit: split == .training ? recipe.data.training : recipe.data.validation,
            size: recipe.resolution, seed: recipe.seed, wants: wants, threads: threads,
            cacheBytes: split == .training ? cacheBytes : cacheBytes / 8, device: device)
        say("\(faces.count) faces of \(recipe.data.folder) (\(split.rawValue))")
        collected[split] = faces
        return faces
    }

    /// The data set, opened once; nil for rendered faces.
    private func collection() throws -> FaceCollection? {
        guard !recipe.data.folder.isEmpty else { return nil }
        if let opened { return opened }
        let collection = try FaceCollection(opening: URL(fileURLWithPath: recipe.data.folder))
        opened = collection
        return collection
    }

    /// What the data set is known by, in hexadecimal: the names of the faces to learn from and the sizes of their
    /// pictures; empty for rendered faces.
    func fingerprint() throws -> String {
        guard let collection = try collection() else { return "" }
        if let known { return known }
        var hash = SHA256()
        for face in collection.indices(of: .training) {
            let size = try collection.pictureBytes(of: face)
            hash.update(data: Data("\(collection.faces[face].stem) \(size)\n".utf8))
        }
        let digits = hash.finalize().map { String(format: "%02x", $0) }.joined()
        known = digits
        return digits
    }

    /// What a stage needs that some faces lack, in words; nil where all is there.
    func objection(to stage: TrainingRun.Stage) throws -> String? {
        guard let collection = try collection() else { return nil }
        let faces = collection.indices(of: .training) + collection.indices(of: .validation)
        let (lacking, what, remedy): ([Int], String, String) =
            switch stage {
            case .classifier:
                (
                    faces.filter { collection.attributes(of: $0) == nil }, "attributes",
                    "add a row for each to attributes.txt"
                )
            case .segmenter, .labelEncoder:
                (
                    faces.filter { collection.faces[$0].labelMap == nil && collection.faces[$0].parts == nil },
                    "a label map", "put one into masks/, or masks of parts into CelebAMask-HQ-mask-anno/"
                )
            case .sketchEncoder:
                (faces.filter { collection.faces[$0].sketch == nil }, "a sketch", "tedi-model data sketch draws them")
            case .text:
                (
                    faces.filter { collection.faces[$0].captions == nil }, "captions",
                    "tedi-model data captions writes them from an attribute file"
                )
            default: ([], "", "")
            }
        guard let first = lacking.first else { return nil }
        return "the stage \(stage.rawValue) needs \(what) of every face; \(lacking.count) have none, such as "
            + "\(collection.faces[first].stem): \(remedy), or name the stages to train without it"
    }

    /// Words of the captions: the grammar's, or those of the data set that come often enough to be learnt.
    func vocabulary() throws -> Vocabulary {
        guard !recipe.data.folder.isEmpty else { return CaptionGrammar.vocabulary }
        let faces = try faces(.training)
        let tokenizer = CaptionTokenizer()
        var counts: [String: Int] = [:]
        for face in 0..<faces.count {
            for caption in try faces.captions(of: face) {
                for word in tokenizer.words(of: caption) { counts[word, default: 0] += 1 }
            }
        }
        let known = counts.filter { $0.value >= Self.fewestUses }.sorted {
            $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value
        }
        guard !known.isEmpty else {
            throw TrainingError("no word of the captions comes \(Self.fewestUses) times: there is nothing to learn")
        }
        return Vocabulary(words: known.prefix(Self.mostWords).map(\.key))
    }

    /// Rarer words are not learnt.
    private static let fewestUses = 5
    /// Words beyond these, from the rarest, are not learnt.
    private static let mostWords = 8_192

    /// Codes laid over the features of the training faces.
    func basis() throws -> LatentBasis {
        if let codes { return codes }
        let sampler = FaceSampler(seed: FaceSplit.training.seed(base: recipe.seed))
        let features = (0..<recipe.data.training).flatMap { sampler.parameters(of: $0).features }
        let basis = try LatentBasis(
            features: features, width: recipe.networks.latentWidth, seed: recipe.seed,
            device: device)
        codes = basis
        return basis
    }
}
