public import Perception
public import Torch
public import Training

/// How unlike two pictures look to a network: pictures [N, 3, R, R] in [-1, 1] twice, to [N].
public struct PictureDistance {
    /// Which network.
    public let network: MeasuringNetwork
    private let run: (Tensor, Tensor) throws(TorchError) -> Tensor

    /// A distance.
    public init(_ network: MeasuringNetwork, _ run: @escaping (Tensor, Tensor) throws(TorchError) -> Tensor) {
        (self.network, self.run) = (network, run)
    }

    /// The distance of each pair.
    public func callAsFunction(_ first: Tensor, _ second: Tensor) throws(TorchError) -> Tensor {
        try run(first, second)
    }

    /// What the distance is called: LPIPS is the published one alone.
    public var title: String { network.isPublished ? "LPIPS" : "perceptual distance" }

    /// LPIPS.
    public static func lpips(_ lpips: LPIPS, _ backbone: LPIPS.Backbone, sha256: String?) -> PictureDistance {
        let network = MeasuringNetwork(
            use: "distance", name: "LPIPS 0.1 (\(backbone.rawValue))", sha256: sha256, isPublished: true)
        return PictureDistance(network) { first, second throws(TorchError) in try lpips(first, second) }
    }

    /// The same idea with the judge of attributes: activations of all its blocks, brought to length 1 at every place,
    /// squared differences summed over channels and blocks and averaged over places; no weight is learned.
    public static func judge(_ judge: AttributeJudge, sha256: String?) -> PictureDistance {
        let network = MeasuringNetwork(
            use: "distance", name: "judge of attributes, activations of all its blocks", sha256: sha256,
            isPublished: false)
        return PictureDistance(network) { first, second throws(TorchError) in
            let (left, right) = (try judge.activations(first), try judge.activations(second))
            var parts: [Tensor] = []
            for (a, b) in zip(left, right) {
                parts.append(try (a.normalized(1) - b.normalized(1)).square().sum([1]).mean([1, 2]))
            }
            return try Tensor.stack(parts).sum([0])
        }
    }
}
