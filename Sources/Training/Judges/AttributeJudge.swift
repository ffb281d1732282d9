import FaceData
public import Layers
public import Perception
public import Torch

/// Reads attributes from pictures with a trained ``AttributeClassifier``.
///
/// What the network sees besides, its features, is the space in which pictures are compared where no published network
/// is at hand.
public struct AttributeJudge {
    private let network: AttributeClassifier

    /// A judge over a trained network.
    public init(network: AttributeClassifier) {
        self.network = network
    }

    /// Loads a judge from a safetensors file written by ``write(_:size:to:)``.
    ///
    /// - Throws: `SafeTensorsError` or `LayerError` where the file is absent or broken, `TrainingError` where it is no
    ///   judge of attributes.
    public init(reading path: String) throws {
        let (size, store) = try JudgeFile.read(path, of: .attributes, FaceParameters.attributeNames)
        network = try store.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: FaceAttribute.allCases.count)
        }
    }

    /// Writes the weights in `store` as a judge for pictures of `size` pixels.
    public static func write(_ store: ParameterStore, size: Int, to path: String) throws {
        try JudgeFile.write(store, of: .attributes, FaceParameters.attributeNames, size: size, to: path)
    }

    /// Side of the pictures that it looks at, in pixels.
    public var size: Int { network.size }

    /// F, the width of the features.
    public var featureWidth: Int { network.featureWidth }

    /// Logits [N, A] of pictures [N, 3, size, size]; above 0 the attribute is seen.
    ///
    /// Differentiable by the pictures; in the order of `FaceAttribute.allCases`.
    public func callAsFunction(_ pictures: Tensor) throws(TorchError) -> Tensor { try network(pictures) }

    /// Features [N, F] of pictures [N, 3, size, size]; see ``AttributeClassifier/features(_:)``.
    public func features(_ pictures: Tensor) throws(TorchError) -> Tensor { try network.features(pictures) }

    /// What leaves each block of the network, from fine to coarse.
    public func activations(_ pictures: Tensor) throws(TorchError) -> [Tensor] { try network.activations(pictures) }

    /// Whether each attribute is seen in each picture [N, 3, size, size], row by row.
    public func attributes(of pictures: Tensor) throws -> [[Bool]] {
        let logits = try withInferenceMode { () throws(TorchError) in try network(pictures).floats() }
        let count = FaceAttribute.allCases.count
        return stride(from: 0, to: logits.count, by: count).map { row in
            logits[row..<row + count].map { $0 > 0 }
        }
    }

    /// Mean of the rates at which present and absent are recognised on faces that are known, per attribute; not a number
    /// where nothing is known of one.
    public func balancedAccuracy(on faces: any TrainingFaces) throws -> [Double] {
        var tally = BalancedTally(count: FaceAttribute.allCases.count)
        for indices in faces.parts(of: faces.count) {
            for (index, seen) in zip(indices, try attributes(of: faces.pictures(indices))) {
                tally.add(seen: seen, truth: try faces.attributes(of: index))
            }
        }
        return tally.accuracy
    }
}
