import Layers
import Torch

/// Gives the outputs of a fixture's network by name.
typealias GoldenOutputs = (String) throws -> Tensor

/// One kind of network of the golden data: builds it from a manifest, runs it, and gives its outputs.
struct GoldenNetwork: Sendable {
    /// How the module of its manifests begins.
    let module: String
    /// Runs the network of a manifest in a type of numbers.
    let outputs: @Sendable (GoldenManifest, DType) throws -> GoldenOutputs

    /// All kinds of networks.
    static let all: [GoldenNetwork] = [
        .styleGAN, .styleGAN2, .inversionEncoder, .gradualStyleEncoder, .sentenceEncoder, .perceptualVGG16, .lpips,
        .faceIdentity, .damsmLosses, .dfgan, .instanceOptimization, .clip, .inception,
    ]

    /// The network of a manifest, or nil where there is none of its module.
    static func network(of manifest: GoldenManifest) -> GoldenNetwork? {
        all.first { manifest.module.hasPrefix($0.module) }
    }
}

extension GoldenManifest {
    /// Builds a network over the manifest's weights, strictly: no tensor may be missing or left over.
    /// - Parameter module: which network of a manifest that has several.
    func build<Network>(
        _ dtype: DType, module: String? = nil, _ body: (ParameterScope) throws(LayerError) -> Network
    ) throws -> Network {
        try ParameterStore(loading: weights(of: module), dtype: dtype, trains: false).build(body)
    }
}
