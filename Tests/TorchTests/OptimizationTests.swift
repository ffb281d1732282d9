import Foundation
import Testing
import Torch

extension TorchTests {
    @Suite struct OptimizationTests {
        /// A loss whose gradient differs from step to step.
        func train(_ parameters: [Tensor], _ adam: Adam, steps: Range<Int>) throws {
            for step in steps {
                adam.options.learningRate = 0.1 / Double(step + 1)
                try adam.zeroGradients()
                var loss = try Tensor(0, dtype: parameters[0].dtype)
                for (i, parameter) in parameters.enumerated() {
                    let target = try Tensor.randn(
                        parameter.shape, seed: UInt64(100 * step + i), dtype: parameter.dtype)
                    loss = try loss + (parameter - target).square().sum()
                }
                try loss.backward()
                try adam.step()
            }
        }

        @Test(arguments: [false, true]) func adamFollowsTheFormula(decoupled: Bool) throws {
            let start = [0.5, -1.5, 2]
            let p = try Tensor(start, shape: [3]).requiringGradient()
            let options = Adam.Options(
                learningRate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1, decoupledDecay: decoupled)
            let adam = try Adam([p], options)
            var (x, m, v) = (start, [0.0, 0, 0], [0.0, 0, 0])
            for t in 1...7 {
                try adam.zeroGradients()
                try p.pow(4).sum().backward()
                try adam.step()
                for i in 0..<3 {
                    var g = 4 * x[i] * x[i] * x[i]
                    if decoupled {
                        x[i] -= 0.01 * 0.1 * x[i]
                    } else {
                        g += 0.1 * x[i]
                    }
                    m[i] = 0.8 * m[i] + 0.2 * g
                    v[i] = 0.95 * v[i] + 0.05 * g * g
                    let mean = m[i] / (1 - pow(0.8, Double(t)))
                    let square = v[i] / (1 - pow(0.95, Double(t)))
                    x[i] -= 0.01 * mean / (square.squareRoot() + 1e-6)
                }
                for (got, expected) in zip(try p.doubles(), x) {
                    #expect(abs(got - expected) < 1e-10, "step \(t)")
                }
            }
            #expect(try adam.moments[0].step.item() == 7)
        }

        @Test func adamResumesBitForBit() throws {
            func fresh() throws -> [Tensor] {
                [
                    try Tensor.randn([17, 5], seed: 1).requiringGradient(),
                    try Tensor.randn([33], seed: 2).requiringGradient(),
                ]
            }
            let whole = try fresh()
            try train(whole, Adam(whole, .init(learningRate: 0.1)), steps: 0..<8)

            let first = try fresh()
            let before = try Adam(first, .init(learningRate: 0.1))
            try train(first, before, steps: 0..<5)
            var saved: [String: Tensor] = [:]
            for (i, moments) in before.moments.enumerated() {
                saved["\(i).step"] = moments.step
                saved["\(i).mean"] = moments.mean
                saved["\(i).meanSquare"] = moments.meanSquare
                saved["\(i).parameter"] = first[i]
            }
            let path = NSTemporaryDirectory() + "adam-\(UUID()).safetensors"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try SafeTensors.write(path, saved)

            let file = try SafeTensors.read(path).tensors
            func named(_ name: String) throws -> Tensor { try #require(file[name]) }
            let second = try (0..<2).map { try named("\($0).parameter").requiringGradient() }
            let after = try Adam(second, .init(learningRate: 0.1))
            try after.restore(
                (0..<2).map { i in
                    Adam.Moments(
                        step: try named("\(i).step"), mean: try named("\(i).mean"),
                        meanSquare: try named("\(i).meanSquare"))
                })
            try train(second, after, steps: 5..<8)
            for (a, b) in zip(whole, second) {
                #expect(try a.rawBytes() == b.rawBytes())
            }
        }

        @Test func parametersWithoutGradientStay() throws {
            let p = try Tensor.ones([2]).requiringGradient()
            let q = try Tensor.ones([2]).requiringGradient()
            let adam = try Adam([p, q], .init(learningRate: 0.5))
            try p.sum().backward()
            try adam.step()
            #expect(try distance(p, Tensor([0.5, 0.5] as [Float], shape: [2])) < 1e-6)
            #expect(try q.floats() == [1, 1])
            #expect(try adam.moments.map { try $0.step.item() } == [1, 0])
            #expect(throws: TorchError.self) { try adam.restore([]) }
        }

        @Test func gradientsOfAnotherLayoutAreReadInTheRightOrder() throws {
            let p = try Tensor.zeros([2, 3]).requiringGradient()
            try p.setGradient(Tensor([1, -1, -1, 1, 1, -1] as [Float], shape: [3, 2]).transposed())
            try Adam([p], .init(learningRate: 1)).step()
            #expect(try p.floats().map { $0.rounded() } == [-1, 1, -1, 1, -1, 1])
        }

        @Test func clippingScalesAllTogether() throws {
            let p = try Tensor.zeros([1], dtype: .float64).requiringGradient()
            let q = try Tensor.zeros([2]).requiringGradient()
            try p.setGradient(Tensor([3] as [Double], shape: [1]))
            try q.setGradient(Tensor([4, 0] as [Float], shape: [2]))
            #expect(try Tensor.clipGradients([p, q], toNorm: 10) == 5)
            #expect(try p.gradient()?.item() == 3)
            #expect(try Tensor.clipGradients([p, q], toNorm: 1) == 5)
            #expect(try abs((p.gradient()?.item() ?? 0) - 0.6) < 1e-6)
            #expect(try abs((q.gradient()?.norm().item() ?? 0) - 0.8) < 1e-6)
        }

        @Test func movingAverage() throws {
            let average = [try Tensor.zeros([2]), try Tensor.ones([1])]
            let source = [try Tensor.ones([2]).requiringGradient(), try Tensor.zeros([1])]
            try Tensor.lerp(average, towards: source, weight: 0.25)
            #expect(try average[0].floats() == [0.25, 0.25])
            #expect(try average[1].floats() == [0.75])
            #expect(throws: TorchError.self) { try Tensor.lerp(average, towards: [source[0]], weight: 0.5) }
            #expect(throws: TorchError.self) { try Tensor.lerp(average, towards: source.reversed(), weight: 0.5) }
        }
    }
}
