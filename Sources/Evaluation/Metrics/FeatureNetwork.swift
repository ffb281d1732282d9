public import Perception
public import Torch
public import Training

/// Pictures [N, 3, R, R] in [-1, 1] to features [N, F].
public struct FeatureNetwork {
    /// Which network.
    public let network: MeasuringNetwork
    private let run: (Tensor) throws(TorchError) -> Tensor

    /// A space of features.
    public init(_ network: MeasuringNetwork, _ run: @escaping (Tensor) throws(TorchError) -> Tensor) {
        (self.network, self.run) = (network, run)
    }

    /// The features of pictures.
    public func callAsFunction(_ pictures: Tensor) throws(TorchError) -> Tensor { try run(pictures) }

    /// The Inception network of the FID.
    public static func inception(_ inception: InceptionV3, sha256: String?) -> FeatureNetwork {
        let network = MeasuringNetwork(
            use: "features", name: "Inception-v3 of the FID, pool3", sha256: sha256, isPublished: true)
        return FeatureNetwork(network) { pictures throws(TorchError) in try inception((pictures + 1) * 0.5) }
    }

    /// What the judge of attributes sees.
    public static func judge(_ judge: AttributeJudge, sha256: String?) -> FeatureNetwork {
        let network = MeasuringNetwork(
            use: "features", name: "judge of attributes, \(judge.featureWidth) activations before its head",
            sha256: sha256, isPublished: false)
        return FeatureNetwork(network) { pictures throws(TorchError) in try judge.features(pictures) }
    }

    /// Directions of faces by ArcFace, of length 1.
    public static func identity(_ identity: FaceIdentity, sha256: String?) -> FeatureNetwork {
        let network = MeasuringNetwork(use: "identity", name: "ArcFace", sha256: sha256, isPublished: true)
        return FeatureNetwork(network) { pictures throws(TorchError) in try identity(identity.crop(pictures)) }
    }

    /// The judge's features in place of an identity network.
    public static func identity(_ judge: AttributeJudge, sha256: String?) -> FeatureNetwork {
        let network = MeasuringNetwork(
            use: "identity", name: "judge of attributes, its features less their mean", sha256: sha256,
            isPublished: false)
        return FeatureNetwork(network) { pictures throws(TorchError) in try judge.features(pictures) }
    }
}
