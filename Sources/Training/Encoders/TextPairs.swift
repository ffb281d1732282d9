import Captions
import FaceData
import TediGAN
import Torch

/// Captions and the codes of the faces that they describe: what a text encoder learns from.
protocol TextPairs {
    /// Words that captions may have.
    var vocabulary: Vocabulary { get }
    /// Where the codes are.
    var device: Device { get }
    /// The pairs at some places; every place from 0 up has one.
    func pairs(_ places: [Int], isTraining: Bool) throws -> TextBatch
}

/// Pairs of captions and codes.
struct TextBatch {
    /// The sentences.
    let captions: [String]
    /// The faces' codes, [N, 1, C] or [N, L, C].
    let codes: Tensor
    /// The mean of all codes, [L, C]; 0 if nil.
    let mean: Tensor?
    /// The directions [F, C] of what captions can name, and what each of these names, [N, F] of 0 and 1.
    let named: (directions: Tensor, mask: Tensor)?
}

/// Faces that are never drawn: each step sees new ones, whose codes a basis knows.
struct SampledPairs: TextPairs {
    let vocabulary = CaptionGrammar.vocabulary
    var device: Device { basis.directions.device }
    private let basis: LatentBasis
    private let training: FaceSampler
    private let heldOut: FaceSampler
    private let grammar: CaptionGrammar

    init(_ recipe: Recipe, basis: LatentBasis) {
        self.basis = basis
        training = FaceSampler(seed: FaceSplit.training.seed(base: recipe.seed &+ 401))
        heldOut = FaceSampler(seed: FaceSplit.validation.seed(base: recipe.seed &+ 401))
        grammar = CaptionGrammar(seed: recipe.seed &+ 402)
    }

    func pairs(_ places: [Int], isTraining: Bool) throws -> TextBatch {
        let parameters = places.map((isTraining ? training : heldOut).parameters(of:))
        let captions = zip(places, parameters).map { face, parameters in
            grammar.caption(of: parameters, face: face, number: face % CaptionGrammar.captionsPerFace)
        }
        let features = try Tensor(
            parameters.flatMap(\.features), shape: [places.count, FaceFeatures.count], device: device)
        let named = try Tensor(
            Self.named(captions), shape: [places.count, FaceFeatures.count], device: device)
        return TextBatch(
            captions: captions.map(\.text), codes: try basis.code(of: features).unsqueezed(1), mean: nil,
            named: (basis.directions, named))
    }

    /// 1 for each feature [N, F] of what a caption names.
    private static func named(_ captions: [FaceCaption]) -> [Float] {
        var mask = [Float](repeating: 0, count: captions.count * FaceFeatures.count)
        for (row, caption) in captions.enumerated() {
            for mention in caption.mentions {
                for index in FaceFeatures.group(named: mention.attribute.name)?.indices ?? [] {
                    mask[row * FaceFeatures.count + index] = 1
                }
            }
        }
        return mask
    }
}

/// The captioned faces of a data set, whose codes an encoder has found: `count` codes are held in memory.
final class InvertedPairs: TextPairs {
    let vocabulary: Vocabulary
    var device: Device { mean.device }
    private let training: Part
    private let heldOut: Part
    private let mean: Tensor

    /// Faces, their codes and the order in which they are shown.
    private final class Part {
        let faces: any TrainingFaces
        let codes: Tensor
        let vocabulary: Vocabulary
        let seed: UInt64

        private var order: ExampleOrder

        init(
            _ faces: any TrainingFaces, vocabulary: Vocabulary, seed: UInt64, stop: StopSignal,
            encode: (Tensor) throws -> Tensor
        ) throws {
            (self.faces, self.vocabulary, self.seed) = (faces, vocabulary, seed)
            order = ExampleOrder(seed: seed, count: faces.count)
            var parts: [Tensor] = []
            for start in stride(from: 0, to: faces.count, by: 64) {
                try stop.check()
                let indices = Array(start..<min(start + 64, faces.count))
                faces.prepare(Array(min(start + 64, faces.count)..<min(start + 128, faces.count)))
                parts.append(try withNoGradient { try encode(faces.pictures(indices)).detached() })
            }
            codes = try Tensor.cat(parts)
        }

        func batch(_ places: [Int]) throws -> (captions: [String], codes: Tensor) {
            let faces = places.map { order.example($0) }
            let captions = try zip(places, faces).map { place, face in
                let said = try self.faces.captions(of: face).filter { !vocabulary.ids(of: $0).isEmpty }
                guard !said.isEmpty else {
                    throw TrainingError(
                        "no caption of face \(face + 1) has a word that comes often enough to be learnt; "
                            + "tedi-model data captions writes captions from an attribute file")
                }
                var random = CounterRandom(seed: seed, index: place)
                return said[Int(random.next() % UInt64(said.count))]
            }
            return (
                captions,
                try codes.indexSelect(0, Tensor(faces.map(Int64.init), shape: [faces.count], device: codes.device))
            )
        }
    }

    /// Finds the codes of all faces.
    /// - Parameters:
    ///   - training: faces to learn from.
    ///   - heldOut: faces held out.
    ///   - vocabulary: words that captions may have.
    ///   - seed: of the order.
    ///   - stop: ends the search early, with an error.
    ///   - encode: pictures to codes [N, L, C].
    init(
        training: any TrainingFaces, heldOut: any TrainingFaces, vocabulary: Vocabulary, seed: UInt64,
        stop: StopSignal, encode: (Tensor) throws -> Tensor
    ) throws {
        self.vocabulary = vocabulary
        self.training = try Part(training, vocabulary: vocabulary, seed: seed &+ 1, stop: stop, encode: encode)
        self.heldOut = try Part(heldOut, vocabulary: vocabulary, seed: seed &+ 2, stop: stop, encode: encode)
        mean = try self.training.codes.mean([0])
    }

    func pairs(_ places: [Int], isTraining: Bool) throws -> TextBatch {
        let batch = try (isTraining ? training : heldOut).batch(places)
        return TextBatch(captions: batch.captions, codes: batch.codes, mean: mean, named: nil)
    }
}
