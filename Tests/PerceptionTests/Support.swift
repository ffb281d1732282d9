import Testing
import Torch

/// The largest absolute difference of two tensors of one shape.
func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
    try #require(a.shape == b.shape)
    return try (a - b).abs().amax().item()
}

/// The largest difference between the gradient of a scalar by autograd and by central differences, in double precision.
func imageGradientError(
    of image: Tensor, _ function: (Tensor) throws(TorchError) -> Tensor
) throws(TorchError) -> Double {
    let leaf = try image.detached().clone().requiringGradient()
    let analytic = try function(leaf).gradients(withRespectTo: [leaf])[0]?.doubles() ?? []
    let values = try image.doubles()
    var worst = analytic.count == values.count ? 0 : Double.infinity
    for (element, gradient) in analytic.enumerated() {
        var sums: [Double] = []
        for step in [1e-5, -1e-5] {
            var moved = values
            moved[element] += step
            let changed = try Tensor(moved, shape: image.shape)
            sums.append(try withNoGradient { () throws(TorchError) in try function(changed).item() })
        }
        worst = max(worst, abs((sums[0] - sums[1]) / 2e-5 - gradient))
    }
    return worst
}
