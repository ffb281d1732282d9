import Layers
import Testing
import Torch

@Suite("Layers")
struct LayerTests {
    @Test("An equalised dense layer is W x gain/√n λ + λ b")
    func dense() throws {
        let weight = try Tensor([1, 2, 3, 4, 5, 6, 7, 8] as [Double], shape: [2, 4])
        let bias = try Tensor([10, -10] as [Double], shape: [2])
        let layer = try loaded(["fc.weight": weight, "wscale.bias": bias]) { scope throws(LayerError) in
            try EqualizedDense(
                in: scope, inputs: 4, outputs: 2, gain: 2.0.squareRoot(), learningRateMultiplier: 0.01)
        }
        let y = try layer(Tensor([1, 0, 0, 2] as [Double], shape: [1, 4])).doubles()
        let scale = 2.0.squareRoot() / 2 * 0.01
        #expect(abs(y[0] - (9 * scale + 0.1)) < 1e-12)
        #expect(abs(y[1] - (21 * scale - 0.1)) < 1e-12)
    }

    @Test("A new dense layer keeps the variance, whatever λ is", arguments: [1.0, 0.01])
    func variance(multiplier: Double) throws {
        let store = ParameterStore(seed: 3)
        let layer = try store.build { scope throws(LayerError) in
            try EqualizedDense(in: scope, inputs: 256, outputs: 256, learningRateMultiplier: multiplier)
        }
        let x = try Tensor.randn([256, 256], seed: 1)
        #expect(try abs(layer(x).std().item() - 1) < 0.05)
    }

    @Test("The epilogue is noise, bias, leaky ReLU, instance norm and style, in this order")
    func epilogue() throws {
        let (c, r, n) = (3, 4, 2)
        let tensors = try epilogueTensors(channels: c, resolution: r)
        let layer = try loaded(tensors) { scope throws(LayerError) in
            try Epilogue(in: scope, channels: c, resolution: r, codeWidth: 5)
        }
        let x = try Tensor.randn([n, c, r, r], seed: 20, dtype: .float64)
        let code = try Tensor.randn([n, 5], seed: 21, dtype: .float64)
        let expected = try definedEpilogue(x, code, tensors)
        #expect(try difference(layer(x, code: code), expected) < 1e-9)
        #expect(try difference(layer.frozen()(x, code: code), expected) < 1e-9)
        let zero = try Tensor.zeros([n, 1, r, r], dtype: .float64)
        #expect(try difference(layer.frozen()(x, code: code, noise: zero), expected) > 1e-3)
    }

    @Test("Gradients of the epilogue agree with central differences")
    func epilogueGradients() throws {
        let tensors = try epilogueTensors(channels: 2, resolution: 3)
        let layer = try loaded(tensors) { scope throws(LayerError) in
            try Epilogue(in: scope, channels: 2, resolution: 3, codeWidth: 5)
        }
        let x = try Tensor.randn([2, 2, 3, 3], seed: 30, dtype: .float64)
        let code = try Tensor.randn([2, 5], seed: 31, dtype: .float64)
        let error = try gradientError(of: [x, code]) { inputs throws(TorchError) in
            try layer(inputs[0], code: inputs[1])
        }
        #expect(error < 1e-6)
    }

    private func epilogueTensors(channels c: Int, resolution r: Int) throws -> [String: Tensor] {
        [
            "bias": try Tensor.randn([c], seed: 10, dtype: .float64),
            "apply_noise.weight": try Tensor.randn([c], seed: 11, dtype: .float64),
            "apply_noise.noise": try Tensor.randn([1, 1, r, r], seed: 12, dtype: .float64),
            "style_mod.dense.fc.weight": try Tensor.randn([2 * c, 5], seed: 13, dtype: .float64),
            "style_mod.dense.wscale.bias": try Tensor.randn([2 * c], seed: 14, dtype: .float64),
        ]
    }

    /// The formula, one operation at a time.
    private func definedEpilogue(_ x: Tensor, _ code: Tensor, _ t: [String: Tensor]) throws -> Tensor {
        func at(_ name: String) throws -> Tensor { try #require(t[name]) }
        let c = x.shape[1]
        var y = try x + at("apply_noise.noise") * at("apply_noise.weight").reshape([1, c, 1, 1])
        y = try (y + at("bias").reshape([1, c, 1, 1])).leakyReLU(0.2)
        y = try y - y.mean([2, 3], keepDims: true)
        y = try y / (y.square().mean([2, 3], keepDims: true) + 1e-8).sqrt()
        let style = try code.linear(at("style_mod.dense.fc.weight") * (1 / 5.0.squareRoot()))
        let both = try (style + at("style_mod.dense.wscale.bias")).reshape([x.shape[0], 2, c, 1, 1])
        return try y * (both.select(1, index: 0) + 1) + both.select(1, index: 1)
    }

    @Test("Pixel norm leaves mean square 1")
    func pixelNorm() throws {
        let x = try Tensor.randn([4, 16], seed: 1, dtype: .float64).pixelNormed()
        let squares = try x.square().mean([1]).doubles()
        #expect(squares.allSatisfy { abs($0 - 1) < 1e-6 })
        let raw = try Tensor.randn([2, 3], seed: 2, dtype: .float64)
        #expect(try gradientError(of: [raw]) { inputs throws(TorchError) in try inputs[0].pixelNormed() } < 1e-7)
    }

    @Test("Batch norm moves its running statistics in training only, and counts batches")
    func batchNorm() throws {
        let store = ParameterStore(seed: 1)
        let layer = try store.build { scope throws(LayerError) in try BatchNorm(in: scope, channels: 3) }
        let x = try Tensor.randn([64, 3], seed: 1) * 2 + 5
        _ = try layer(x, training: false)
        #expect(try store["running_mean"]?.floats() == [0, 0, 0])
        let y = try layer(x, training: true)
        #expect(try y.mean([0]).abs().amax().item() < 1e-5)
        #expect(try abs(#require(store["running_mean"]).mean().item() - 0.5) < 0.1)
        #expect(try store["num_batches_tracked"]?.int64s() == [1])
        #expect(store["num_batches_tracked"]?.dtype == .int64)
    }

    @Test("A residual block adds its input where the channels agree", arguments: [(2, 2), (2, 3), (3, 2)])
    func residual(inputs: Int, outputs: Int) throws {
        let store = ParameterStore(seed: 4, dtype: .float64)
        let block = try store.build { scope throws(LayerError) in
            try ResidualBlock(in: scope, inputs: inputs, outputs: outputs)
        }
        #expect((store["conv.weight"] != nil) == (inputs != outputs))
        #expect(store["conv1.weight"]?.shape == [min(inputs, outputs), inputs, 3, 3])
        let x = try Tensor.randn([2, inputs, 3, 3], seed: 1, dtype: .float64)
        #expect(try block(x, training: false).shape == [2, outputs, 3, 3])
        let error = try gradientError(of: [x]) { inputs throws(TorchError) in try block(inputs[0], training: false) }
        #expect(error < 1e-6)
    }

    @Test("An LSTM reads each sentence as if it were alone")
    func lstm() throws {
        let store = ParameterStore(seed: 5, dtype: .float64)
        let layer = try store.build { scope throws(LayerError) in try LSTM(in: scope, inputs: 3, hidden: 4) }
        let x = try Tensor.randn([3, 5, 3], seed: 1, dtype: .float64)
        let lengths = [2, 5, 1]
        let (output, hidden) = try layer(x, lengths: lengths)
        for (row, length) in lengths.enumerated() {
            let alone = try x.narrow(0, start: row, length: 1).narrow(1, start: 0, length: length)
            let (words, last) = try layer(alone, lengths: [length])
            #expect(try difference(hidden.narrow(0, start: row, length: 1), last) < 1e-12)
            let mine = try output.narrow(0, start: row, length: 1)
            #expect(try difference(mine.narrow(1, start: 0, length: length), words) < 1e-12)
            if length < 5 {
                #expect(try mine.narrow(1, start: length, length: 5 - length).abs().amax().item() == 0)
            }
        }
    }
}
