import Torch

/// Distance of a drawn picture from its target: weighted absolute and squared errors, absolute errors of both halved
/// once and twice, which pull large shapes into place early, and absolute errors of both's gradients.
struct PictureLoss {
    /// Weight of the squared error; it makes the optimum a sharp picture where the absolute error is content with
    /// the median, which has no eyes for a long time.
    var squaredWeight = 2.0
    /// Weight of the gradients' error: a faint outline, as that of a nose, is a small error of colour but a large
    /// one of gradient.
    var gradientWeight = 1.0

    /// The loss of pictures and targets [N, 3, r, r] in [-1, 1], with pixel weights [N, 1, r, r]; all alike if nil.
    func callAsFunction(_ picture: Tensor, _ target: Tensor, weights: Tensor? = nil) throws(TorchError) -> Tensor {
        let error = try picture - target
        let weights = try weights.map { weights throws(TorchError) in try weights / weights.mean() }
        let absolute = try mean(error.abs(), weights)
        let squared = try mean(error.square(), weights)
        let half = try error.averagePool2d(2)
        let quarter = try half.averagePool2d(2)
        let gradients = try gradient(error, weights, axis: 2) + gradient(error, weights, axis: 3)
        return try absolute + squared * squaredWeight + (half.abs().mean() + quarter.abs().mean()) * 0.5
            + gradients * gradientWeight
    }

    /// Mean weighted difference between neighbours along `axis`.
    private func gradient(_ error: Tensor, _ weights: Tensor?, axis: Int) throws(TorchError) -> Tensor {
        let length = error.shape[axis] - 1
        let step = try error.narrow(axis, start: 1, length: length) - error.narrow(axis, start: 0, length: length)
        return try mean(
            step.abs(),
            weights.map { weights throws(TorchError) in try weights.narrow(axis, start: 1, length: length) })
    }

    private func mean(_ errors: Tensor, _ weights: Tensor?) throws(TorchError) -> Tensor {
        guard let weights else { return try errors.mean() }
        return try (errors * weights).mean()
    }
}
