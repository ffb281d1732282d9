import Captions
import FaceData
import Foundation
import Layers
import TediGAN
import Torch

/// The trained networks of a recipe, on their way into a model pack.
struct TrainedNetworks {
    /// The generator's tensors: mapping, truncation and synthesis.
    var generator: [String: Tensor]
    /// The text encoder's, and the words that it knows.
    var text: (tensors: [String: Tensor], vocabulary: Vocabulary)?
    /// The encoders of pictures, each with its sizes.
    var encoders: [(role: PackRole, sizes: InversionEncoderConfiguration, tensors: [String: Tensor])] = []
    /// The landmark network's.
    var landmarks: [String: Tensor]?
}

/// Puts the trained networks of a recipe together as a model pack.
struct PackBuilder {
    private let recipe: Recipe
    private let basis: LatentBasis?

    /// A builder for the networks of a recipe, which were trained on the codes of `basis` if there is one.
    init(_ recipe: Recipe, basis: LatentBasis?) {
        (self.recipe, self.basis) = (recipe, basis)
    }

    /// Writes the pack to `path`.
    ///
    /// - Throws: `TediGANError` where the tensors do not make the networks of the recipe.
    func write(_ networks: TrainedNetworks, provenance: JSONValue, to path: URL) throws -> ModelPack {
        let configuration = recipe.generatorConfiguration
        // Built once, so that tensors which do not make the generator are found now.
        let store = ParameterStore(loading: networks.generator, trains: false)
        _ = try store.build { scope throws(LayerError) in try Generator(configuration, in: scope) }
        let (policy, subspaces) = try layerPolicy()
        var contents = PackContents(
            name: recipe.name, parts: [try .init(.generator, .styleGAN, configuration, store.tensors)],
            policy: policy, subspaces: subspaces, truncation: configuration.truncationPsi, styleCandidates: 32,
            inversion: Self.objective, provenance: provenance)
        if let text = networks.text {
            let sizes = recipe.textEncoderConfiguration(words: text.vocabulary.count)
            contents[.text] = try .init(.text, .textEncoder, sizes, text.tensors)
            contents.vocabulary = text.vocabulary
        }
        for encoder in networks.encoders {
            contents[encoder.role] = try .init(encoder.role, .inversionEncoder, encoder.sizes, encoder.tensors)
        }
        if let landmarks = networks.landmarks {
            contents[.landmarks] = try .init(.landmarks, .landmarks, LandmarkSizes(), landmarks)
        }
        return try ModelPack.write(contents, to: path.path)
    }

    /// Both routes make codes whose numbers vary by about one.
    private static let objective = InversionObjective(encoderWeight: 0.05, rate: 0.05, isRamped: true)

    /// Every attribute's phrases, layers and, where there is a basis, directions.
    ///
    /// With directions, outlines are read on every layer, and colours on the fine ones only, where training by parameters
    /// puts them. Without, a named attribute takes its layers whole: outlines the coarse ones, colours the fine ones, as
    /// StyleGAN's usually lie; a beginning, to be measured by `analyse layers`.
    private func layerPolicy() throws -> (policy: LayerPolicy, subspaces: [String: Tensor]) {
        let layers = recipe.generatorConfiguration.layers
        let coarse = LayerSplit.coarseLayers(of: layers)
        var policies: [AttributePolicy] = []
        var subspaces: [String: Tensor] = [:]
        for phrases in AttributePhrases.all {
            guard let group = FaceFeatures.group(named: phrases.attribute.name) else { continue }
            let subspace = Self.subspaceName(of: group.indices)
            if let basis { subspaces[subspace] = try basis.subspace(of: group.indices) }
            policies.append(
                AttributePolicy(
                    attribute: group.name, positive: phrases.positive, negative: phrases.negative,
                    layers: Array(group.kind == .colour ? coarse..<layers : 0..<(basis == nil ? coarse : layers)),
                    subspace: basis == nil ? nil : subspace))
        }
        return (LayerPolicy(attributes: policies), subspaces)
    }

    /// Attributes that own the same features share a subspace.
    private static func subspaceName(of indices: [Int]) -> String {
        indices.map { FaceFeatures.names[$0] }.joined(separator: "+")
    }
}
