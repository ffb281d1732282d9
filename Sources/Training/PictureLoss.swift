import Torch

/// Distance of a drawn picture from its target: weighted absolute and squared errors, and absolute errors of both
/// halved once and twice, which pull large shapes into place early.
struct PictureLoss {
    /// Weight of the squared error; it makes the optimum a sharp picture where the absolute error is content with
    /// the median, which has no eyes for a long time.
    var squaredWeight = 2.0

    /// The loss of pictures and targets [N, 3, r, r] in [-1, 1], with pixel weights [N, 1, r, r].
    func callAsFunction(_ picture: Tensor, _ target: Tensor, weights: Tensor) throws(TorchError) -> Tensor {
        let error = try picture - target
        let size = try weights.mean()
        let absolute = try (error.abs() * weights).mean() / size
        let squared = try (error.square() * weights).mean() / size
        let half = try error.averagePool2d(2)
        let quarter = try half.averagePool2d(2)
        return try absolute + squared * squaredWeight + (half.abs().mean() + quarter.abs().mean()) * 0.5
    }
}
