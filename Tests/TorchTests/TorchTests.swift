import Testing
import Torch

/// All tests of the module, one after the other, because some count the tensors alive in the process.
@Suite(.serialized)
struct TorchTests {}

/// Float64 numbers 0.1 sin(i) + i mod 3, spread enough for finite differences.
func sample(_ shape: [Int], offset: Double = 0) throws -> Tensor {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { i in
        let x = Double(i) + offset
        return 0.7 * (x * 12.9898).remainder(dividingBy: 1.7) + 0.05 * Double(i % 5)
    }
    return try Tensor(values, shape: shape)
}

/// Largest difference between the elements of two tensors of one shape.
func distance(_ a: Tensor, _ b: Tensor) throws -> Double {
    try #require(a.shape == b.shape)
    return zip(try a.doubles(), try b.doubles()).map { abs($0 - $1) }.max() ?? 0
}

/// Compares the gradients of `function` (of float64 inputs, to any shape) with central differences.
func checkGradients(
    _ inputs: [Tensor], step: Double = 1e-5, tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation, _ function: ([Tensor]) throws -> Tensor
) throws {
    let leaves = try inputs.map { try $0.clone().requiringGradient() }
    let result = try function(leaves)
    // Each element counts differently, so that errors do not cancel.
    let weights = try sample(result.shape, offset: 0.37)
    let gradients = try (result * weights).sum().gradients(withRespectTo: leaves)
    for (i, input) in inputs.enumerated() {
        let analytic = try #require(gradients[i]).doubles()
        let values = try input.doubles()
        for j in values.indices {
            func value(_ delta: Double) throws -> Double {
                var moved = values
                moved[j] += delta
                var arguments = inputs
                arguments[i] = try Tensor(moved, shape: input.shape)
                return try (function(arguments) * weights).sum().item()
            }
            let numeric = try (value(step) - value(-step)) / (2 * step)
            #expect(
                abs(analytic[j] - numeric) <= tolerance * max(1, abs(numeric)), "input \(i), element \(j)",
                sourceLocation: sourceLocation)
        }
    }
}
