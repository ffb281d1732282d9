public import Layers
public import Torch

/// The learned perceptual distance of two images, version 0.1.
///
/// Features of five depths of a classifier are brought to length 1 per pixel; their squared differences are weighted
/// per channel, averaged over the image and summed over the depths.
///
/// Tensors: `scaling_layer.shift`, `scaling_layer.scale` [1, 3, 1, 1]; `net.slice{1...5}.{n}.weight`, `.bias`;
/// `lin{0...4}.model.1.weight` [1, C, 1, 1].
///
/// Source: Zhang et al., "The unreasonable effectiveness of deep features", 2018; richzhang/PerceptualSimilarity.
public struct LPIPS {
    /// The classifier whose features are compared.
    public enum Backbone: String, Sendable, Hashable, CaseIterable {
        /// AlexNet: the usual choice as a metric.
        case alex
        /// VGG16: the usual choice as a loss.
        case vgg
    }

    private let network: any LPIPSFeatures
    private let shift: Tensor
    private let scale: Tensor
    private let weights: [Tensor]

    /// Takes the network from a scope.
    public init(_ backbone: Backbone, in scope: ParameterScope) throws(LayerError) {
        let scaling = scope.scope("scaling_layer")
        shift = try scaling.buffer("shift", [1, 3, 1, 1], .repeating([-0.030, -0.088, -0.188]))
        scale = try scaling.buffer("scale", [1, 3, 1, 1], .repeating([0.458, 0.448, 0.450]))
        switch backbone {
        case .alex: network = try AlexNetFeatures(in: scope.scope("net"))
        case .vgg: network = try VGG16Features(in: scope.scope("net"))
        }
        var weights: [Tensor] = []
        for (index, channels) in network.channels.enumerated() {
            weights.append(
                try scope.scope("lin\(index)").scope("model").scope("1").parameter(
                    "weight", [1, channels, 1, 1], .constant(1 / Double(channels))))
        }
        self.weights = weights
    }

    /// The distance of each pair: [N, 3, H, W] twice, RGB in -1...1, to [N]; 0 for equal images.
    public func callAsFunction(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try Tensor.stack(distances(a, b)).sum([0])
    }

    /// What each of the five depths adds to the distance: five of [N].
    public func distances(_ a: Tensor, _ b: Tensor) throws(TorchError) -> [Tensor] {
        let (first, second) = (try features(a), try features(b))
        var parts: [Tensor] = []
        for (index, weight) in weights.enumerated() {
            let difference = try (first[index] - second[index]).square()
            parts.append(try difference.conv2d(weight).mean([1, 2, 3]))
        }
        return parts
    }

    /// Features of length 1 per pixel, of the five depths; compute those of a fixed image once.
    private func features(_ images: Tensor) throws(TorchError) -> [Tensor] {
        try network((images - shift) / scale).map { feature throws(TorchError) in
            try feature / (feature.square().sum([1], keepDims: true).sqrt() + 1e-10)
        }
    }
}

/// A classifier cut into five parts.
protocol LPIPSFeatures {
    /// Channels that leave each part.
    var channels: [Int] { get }
    /// What leaves each part.
    func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor]
}
