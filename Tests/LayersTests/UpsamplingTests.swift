import Layers
import Testing
import Torch

@Suite("Upsampling convolution and blur")
struct UpsamplingTests {
    /// The definition: repeat pixels, then convolve under zero padding.
    private func plain(_ x: Tensor, _ weight: Tensor, _ scale: Double) throws(TorchError) -> Tensor {
        try x.upsampleNearest(2).conv2d(weight * scale, padding: 1)
    }

    @Test("Equals nearest upsampling and a 3x3 convolution, borders included", arguments: [1, 2, 5])
    func equality(side: Int) throws {
        let x = try Tensor.randn([2, 3, side, side], seed: 1, dtype: .float64)
        let scale = (2.0 / 27).squareRoot()
        let weight = try Tensor.randn([4, 3, 3, 3], seed: 2, dtype: .float64)
        let layer = try loaded(["conv.weight": weight]) { scope throws(LayerError) in
            try UpsamplingConvolution(in: scope, inputs: 3, outputs: 4, isFused: false)
        }
        #expect(try difference(layer(x), plain(x, weight, scale)) < 1e-12)
        // Weights lie otherwise in memory, so sums are taken in another order.
        #expect(try difference(layer.frozen()(x), layer(x)) < 1e-13)
    }

    @Test("Many weights for small images stay 3x3 kernels, in both layouts", arguments: [false, true])
    func manyWeights(isFused: Bool) throws {
        let (inputs, outputs) = (320, 368)
        let x = try Tensor.randn([1, inputs, 4, 4], seed: 1, dtype: .float64)
        let weight = try Tensor.randn(
            isFused ? [3, 3, inputs, outputs] : [outputs, inputs, 3, 3], seed: 2, dtype: .float64)
        let layer = try loaded([isFused ? "weight" : "conv.weight": weight]) { scope throws(LayerError) in
            try UpsamplingConvolution(in: scope, inputs: inputs, outputs: outputs, isFused: isFused)
        }
        #expect(try difference(layer.frozen(side: 4)(x), layer(x)) < 1e-11)
    }

    @Test("The fused form is the same with its kernel turned by 180 degrees")
    func fused() throws {
        let x = try Tensor.randn([2, 3, 4, 4], seed: 1, dtype: .float64)
        let weight = try Tensor.randn([3, 3, 3, 4], seed: 2, dtype: .float64)
        let layer = try loaded(["weight": weight]) { scope throws(LayerError) in
            try UpsamplingConvolution(in: scope, inputs: 3, outputs: 4, isFused: true)
        }
        let turned = try weight.permuted([3, 2, 0, 1]).flipped([2, 3])
        #expect(try difference(layer(x), plain(x, turned, (2.0 / 27).squareRoot())) < 1e-12)
    }

    @Test("Gradients by the input and by the weight agree with central differences", arguments: [false, true])
    func gradients(isFused: Bool) throws {
        let x = try Tensor.randn([1, 2, 3, 3], seed: 3, dtype: .float64)
        let weight = try Tensor.randn(isFused ? [3, 3, 2, 2] : [2, 2, 3, 3], seed: 4, dtype: .float64)
        let error = try gradientError(of: [x, weight]) { inputs throws(TorchError) in
            // The layer takes its weight from a store, which copies: so the gradient by the weight goes through
            // the definition, after the test above has shown that both are equal.
            isFused
                ? try plain(inputs[0], inputs[1].permuted([3, 2, 0, 1]).flipped([2, 3]), 0.3)
                : try plain(inputs[0], inputs[1], 0.3)
        }
        #expect(error < 1e-7)
        try compareWithDefinition(x, weight, isFused)
    }

    /// Both gradients of the layer itself against those of the definition.
    private func compareWithDefinition(_ x: Tensor, _ weight: Tensor, _ isFused: Bool) throws {
        let store = ParameterStore(loading: [isFused ? "weight" : "conv.weight": weight], dtype: .float64)
        let layer = try store.build { scope throws(LayerError) in
            try UpsamplingConvolution(in: scope, inputs: 2, outputs: 2, isFused: isFused)
        }
        let leaf = try x.clone().requiringGradient()
        let own = try layer(leaf).square().sum().gradients(withRespectTo: [leaf] + store.trainableTensors)
        let copy = try weight.clone().requiringGradient()
        let taps = isFused ? try copy.permuted([3, 2, 0, 1]).flipped([2, 3]) : copy
        let defined = try plain(leaf, taps, (2.0 / 18).squareRoot()).square().sum()
            .gradients(withRespectTo: [leaf, copy])
        for (mine, theirs) in zip(own, defined) {
            #expect(try difference(#require(mine), #require(theirs)) < 1e-9)
        }
    }

    @Test("The blur is binomial and keeps a constant away from the borders")
    func blur() throws {
        let store = ParameterStore(seed: 1, dtype: .float64)
        let blur = try store.build { scope throws(LayerError) in try Blur(in: scope, channels: 2) }
        #expect(store.trainableTensors.isEmpty)
        let flat = try blur(Tensor.ones([1, 2, 4, 4], dtype: .float64)).doubles()
        #expect(flat[0] == 0.5625)
        #expect(flat[1] == 0.75)
        #expect(flat[5] == 1)
        let x = try Tensor.randn([1, 2, 3, 4], seed: 5, dtype: .float64)
        #expect(try gradientError(of: [x]) { inputs throws(TorchError) in try blur(inputs[0]) } < 1e-7)
    }
}

/// A layer over given tensors, in double precision.
func loaded<Layer>(
    _ tensors: [String: Tensor], _ build: (ParameterScope) throws(LayerError) -> Layer
) throws(LayerError) -> Layer {
    try ParameterStore(loading: tensors, dtype: .float64).build(build)
}
