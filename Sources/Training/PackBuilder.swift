import FaceData
public import Foundation
import Layers
public import TediGAN
import Torch

/// Puts the trained networks of a recipe together as a model pack.
public struct PackBuilder {
    private let recipe: Recipe
    private let basis: LatentBasis

    /// A builder for the networks that were trained on the codes of `basis`.
    public init(_ recipe: Recipe, basis: LatentBasis) {
        (self.recipe, self.basis) = (recipe, basis)
    }

    /// Writes the pack to `path` from the stages' averaged weights.
    ///
    /// - Throws: `TediGANError` where the tensors do not make the networks of the recipe.
    public func write(
        mapping: MappingTraining, generator: GeneratorTraining, text: TextEncoderTraining, encoder: EncoderTraining,
        landmarks: LandmarkTraining, provenance: JSONValue, to path: URL
    ) throws -> ModelPack {
        let tensors = mapping.average.tensors.merging(generator.average.tensors) { first, _ in first }
        let store = ParameterStore(loading: tensors, trains: false)
        _ = try store.build { scope throws(LayerError) in try Generator(recipe.generatorConfiguration, in: scope) }
        let (policy, subspaces) = try layerPolicy()
        var contents = try PackContents(
            name: recipe.name, generator: (recipe.generatorConfiguration, store),
            textEncoder: (recipe.textEncoderConfiguration, text.average),
            encoder: (recipe.encoderConfiguration, encoder.average), vocabulary: CaptionGrammar.vocabulary,
            policy: policy, subspaces: subspaces, truncation: recipe.generatorConfiguration.truncationPsi,
            styleCandidates: 32, provenance: provenance)
        contents[.landmarks] = try .init(.landmarks, .landmarks, LandmarkSizes(), landmarks.average.tensors)
        return try ModelPack.write(contents, to: path.path)
    }

    /// Every attribute's phrases, layers and directions.
    ///
    /// Outlines are read on every layer; colours on the fine layers only, where training put them.
    private func layerPolicy() throws -> (policy: LayerPolicy, subspaces: [String: Tensor]) {
        let layers = recipe.generatorConfiguration.layers
        var policies: [AttributePolicy] = []
        var subspaces: [String: Tensor] = [:]
        for phrases in AttributePhrases.all {
            guard let group = FaceFeatures.group(named: phrases.attribute.name) else { continue }
            let subspace = Self.subspaceName(of: group.indices)
            subspaces[subspace] = try basis.subspace(of: group.indices)
            policies.append(
                AttributePolicy(
                    attribute: group.name, positive: phrases.positive, negative: phrases.negative,
                    layers: Array((group.kind == .colour ? LayerSplit.coarseLayers(of: layers) : 0)..<layers),
                    subspace: subspace))
        }
        return (LayerPolicy(attributes: policies), subspaces)
    }

    /// Attributes that own the same features share a subspace.
    private static func subspaceName(of indices: [Int]) -> String {
        indices.map { FaceFeatures.names[$0] }.joined(separator: "+")
    }
}
