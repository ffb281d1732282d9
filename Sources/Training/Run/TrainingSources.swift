import Captions
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
    func faces(_ split: FaceSplit) throws -> any TrainingFaces {
        guard !recipe.data.folder.isEmpty else { return rendered(split) }
        if let known = collected[split] { return known }
        let collection = try FaceCollection(opening: URL(fileURLWithPath: recipe.data.folder))
        let faces = try CollectedFaces(
            collection, split, limit: split == .training ? recipe.data.training : recipe.data.validation,
            size: recipe.resolution, seed: recipe.seed, threads: threads,
            cacheBytes: split == .training ? cacheBytes : cacheBytes / 8, device: device)
        say("\(faces.count) faces of \(recipe.data.folder) (\(split.rawValue))")
        collected[split] = faces
        return faces
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
