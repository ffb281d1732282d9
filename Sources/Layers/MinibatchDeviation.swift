public import Torch

extension Tensor {
    /// Adds a feature map that says how much the images of a group differ: [N, C, H, W] to [N, C + F, H, W].
    ///
    /// The deviation over each group of images is averaged over channels and pixels, so that a discriminator can tell
    /// a collapsed generator by its sameness. Image i is in the group of all images with the same i mod (N / group).
    ///
    /// - Parameters:
    ///   - group: images per group; N if N is smaller. N must be a multiple of it.
    ///   - features: F, into how many parts the channels are split first.
    /// - Throws: `TorchError` if N or C does not divide.
    ///
    /// Source: Karras et al., "Progressive growing of GANs", 2018, section 3.
    public func withMinibatchDeviation(group: Int = 4, features: Int = 1) throws(TorchError) -> Tensor {
        let shape = self.shape
        guard shape.count == 4, shape[0] > 0 else {
            throw TorchError(operation: "deviation", shapes: [shape], message: "the input must be [N, C, H, W]")
        }
        let size = min(group, shape[0])
        guard size > 0, features > 0, shape[0] % size == 0, shape[1] % features == 0 else {
            throw TorchError(
                operation: "deviation", shapes: [shape], message: "groups of \(size), \(features) features")
        }
        let groups = try reshape([size, shape[0] / size, features, shape[1] / features, shape[2], shape[3]])
        let deviation = try (groups.variance([0], correction: 0) + 1e-8).sqrt()
        let map = try deviation.mean([2, 3, 4]).reshape([shape[0] / size, features, 1, 1])
            .repeated([size, 1, shape[2], shape[3]])
        return try Tensor.cat([self, map], axis: 1)
    }
}
