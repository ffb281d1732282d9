public import Layers
public import Perception
public import Torch

/// Reads the regions of a face from pictures with a trained ``FaceSegmenter``.
public struct RegionJudge {
    private let network: FaceSegmenter

    /// A judge over a trained network.
    public init(network: FaceSegmenter) {
        self.network = network
    }

    /// Loads a judge from a safetensors file written by ``write(_:size:to:)``.
    ///
    /// - Throws: `SafeTensorsError` or `LayerError` where the file is absent or broken, `TrainingError` where it is no
    ///   judge of regions.
    public init(reading path: String) throws {
        let (size, store) = try JudgeFile.read(path, of: .regions, SegmentedRegion.names)
        network = try store.build { scope throws(LayerError) in try FaceSegmenter(in: scope, size: size) }
    }

    /// Writes the weights in `store` as a judge for pictures of `size` pixels.
    public static func write(_ store: ParameterStore, size: Int, to path: String) throws {
        try JudgeFile.write(store, of: .regions, SegmentedRegion.names, size: size, to: path)
    }

    /// Side of the pictures that it looks at, in pixels.
    public var size: Int { network.size }

    /// The region of every pixel of pictures [N, 3, size, size]: N x size x size raw values of ``SegmentedRegion``.
    public func regions(of pictures: Tensor) throws(TorchError) -> [UInt8] {
        try withInferenceMode { () throws(TorchError) in try network(pictures).argmax(1).to(dtype: .uint8).bytes() }
    }

    /// How well the regions of rendered faces are found.
    public func overlap(on faces: any TrainingFaces) throws -> RegionOverlap {
        var overlap = RegionOverlap()
        for indices in faces.parts(of: faces.count) {
            overlap.add(
                seen: try regions(of: faces.pictures(indices)),
                truth: SegmentedRegion.regions(ofMask: try faces.masks(indices)))
        }
        return overlap
    }
}
