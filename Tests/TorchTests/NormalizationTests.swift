import Testing
import Torch

extension TorchTests {
    @Suite struct NormalizationTests {
        func composed(_ x: Tensor, _ scale: Tensor, _ shift: Tensor, _ epsilon: Double) throws -> Tensor {
            let mean = try x.mean([2, 3], keepDims: true)
            let variance = try (x - mean).square().mean([2, 3], keepDims: true)
            let style = try (scale + 1).unsqueezed(2).unsqueezed(3)
            return try (x - mean) / (variance + epsilon).sqrt() * style + shift.unsqueezed(2).unsqueezed(3)
        }

        @Test func adaINMatchesItsFormula() throws {
            let x = try sample([2, 3, 4, 5])
            let (scale, shift) = (try sample([2, 3], offset: 1), try sample([2, 3], offset: 2))
            for epsilon in [1e-8, 1e-3, 0.5] {
                let fused = try x.adaIN(scale: scale, shift: shift, epsilon: epsilon)
                #expect(try distance(fused, composed(x, scale, shift, epsilon)) < 1e-12)
            }
        }

        @Test func adaINGradients() throws {
            let inputs = [try sample([2, 2, 3, 3]), try sample([2, 2], offset: 1), try sample([2, 2], offset: 2)]
            try checkGradients(inputs) { try $0[0].adaIN(scale: $0[1], shift: $0[2]) }
            try checkGradients(inputs, tolerance: 1e-5) { inputs in
                // Second derivatives, as a gradient penalty needs them.
                let y = try inputs[0].adaIN(scale: inputs[1], shift: inputs[2]).pow(3).sum()
                let source = inputs[0].requiresGradient ? inputs : try inputs.map { try $0.requiringGradient() }
                let again = try source[0].adaIN(scale: source[1], shift: source[2]).pow(3).sum()
                let gradient = try again.gradients(withRespectTo: [source[0]], createGraph: true)
                return try gradient[0].map { try $0.square().sum() + y * 0 } ?? y
            }
        }

        @Test func adaINRefusesOtherShapes() throws {
            let x = try sample([2, 3, 4, 5])
            let style = try sample([1, 3])
            let error = #expect(throws: TorchError.self) { try x.adaIN(scale: style, shift: style) }
            #expect(error?.operation == "adaIN")
            #expect(error?.shapes == [[2, 3, 4, 5], [1, 3], [1, 3]])
        }

        @Test func batchNormMovesItsStatistics() throws {
            let x = try sample([4, 2, 3, 3])
            let (weight, bias) = (try sample([2], offset: 1), try sample([2], offset: 2))
            let mean = try Tensor.zeros([2], dtype: .float64)
            let variance = try Tensor.ones([2], dtype: .float64)
            let y = try x.batchNorm(
                weight, bias, runningMean: mean, runningVariance: variance, training: true, momentum: 0.5)
            let batchMean = try x.mean([0, 2, 3])
            let batchVariance = try x.variance([0, 2, 3], correction: 0)
            func channels(_ t: Tensor) throws -> Tensor { try t.reshape([1, 2, 1, 1]) }
            let expected =
                try (x - channels(batchMean)) / (channels(batchVariance) + 1e-5).sqrt()
                * channels(weight) + channels(bias)
            #expect(try distance(y, expected) < 1e-12)
            #expect(try distance(mean, batchMean * 0.5) < 1e-12)
            #expect(try distance(variance, x.variance([0, 2, 3]) * 0.5 + 0.5) < 1e-12)
            let z = try x.batchNorm(weight, bias, runningMean: mean, runningVariance: variance, training: false)
            let fixed =
                try (x - channels(mean)) / (channels(variance) + 1e-5).sqrt() * channels(weight)
                + channels(bias)
            #expect(try distance(z, fixed) < 1e-12)
        }

        @Test func groupsAndLayers() throws {
            let x = try sample([2, 4, 3])
            let grouped = try x.reshape([2, 2, 6])
            let centred = try grouped - grouped.mean([2], keepDims: true)
            let expected = try centred / (grouped.variance([2], correction: 0, keepDims: true) + 1e-5).sqrt()
            #expect(try distance(x.groupNorm(2), expected.reshape([2, 4, 3])) < 1e-12)
            #expect(try distance(grouped.layerNorm(), expected) < 1e-12)
            #expect(try distance(x.reshape([2, 2, 2, 3]).layerNorm(axes: 2), expected.reshape([2, 2, 2, 3])) < 1e-12)
            #expect(throws: TorchError.self) { try x.layerNorm(axes: 4) }
            #expect(try distance(x.normalized(2).norm([2]), Tensor.ones([2, 4], dtype: .float64)) < 1e-12)
        }
    }
}
