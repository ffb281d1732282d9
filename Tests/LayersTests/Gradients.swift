import Testing
import Torch

/// The largest difference between the gradients of sum(f(x) · c) by autograd and by central differences, in double
/// precision, over all elements of all inputs.
func gradientError(
    of inputs: [Tensor], _ function: ([Tensor]) throws(TorchError) -> Tensor
) throws(TorchError) -> Double {
    let leaves = try inputs.map { input throws(TorchError) in try input.detached().clone().requiringGradient() }
    let shape = try function(leaves).shape
    let weights = try Tensor.randn(shape, seed: 99, dtype: .float64)
    let analytic = try (function(leaves) * weights).sum().gradients(withRespectTo: leaves)
    var worst = 0.0
    for position in inputs.indices {
        let gradient = try analytic[position]?.doubles() ?? []
        let values = try inputs[position].doubles()
        for element in values.indices {
            var sums: [Double] = []
            for step in [1e-5, -1e-5] {
                var moved = values
                moved[element] += step
                var changed = inputs
                changed[position] = try Tensor(moved, shape: inputs[position].shape)
                sums.append(
                    try withNoGradient { () throws(TorchError) in try (function(changed) * weights).sum().item() })
            }
            let numeric = (sums[0] - sums[1]) / 2e-5
            worst = max(worst, abs(numeric - (gradient.isEmpty ? .infinity : gradient[element])))
        }
    }
    return worst
}

/// The largest absolute difference of two tensors of one shape.
func difference(_ a: Tensor, _ b: Tensor) throws -> Double {
    try #require(a.shape == b.shape)
    return try (a - b).abs().amax().item()
}
