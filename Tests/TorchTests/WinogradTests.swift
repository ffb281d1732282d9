import Testing
import Torch

@Suite("Convolution by minimal filtering")
struct WinogradTests {
    /// Images, height, width, inputs, outputs: whole and cut-off tiles, one and several blocks.
    private static let cases: [[Int]] = [
        [1, 4, 4, 16, 16], [2, 8, 12, 16, 32], [1, 5, 7, 32, 16], [3, 1, 2, 16, 48], [1, 33, 30, 48, 64],
        [2, 32, 32, 64, 80], [1, 9, 18, 256, 272],
    ]

    @Test("Equals the convolution of the definition", arguments: cases)
    func equality(sizes: [Int]) throws {
        let x = try Tensor.randn([sizes[0], sizes[3], sizes[1], sizes[2]], seed: 1)
        let weight = try Tensor.randn([sizes[4], sizes[3], 3, 3], seed: 2)
        let bias = try Tensor.randn([sizes[4]], seed: 3)
        let fast = try WinogradConvolution(weight, differentiable: false)
        let exact = try x.to(dtype: .float64).conv2d(
            weight.to(dtype: .float64), bias.to(dtype: .float64), padding: 1)
        for slope in [1, 0.2, 0] {
            let expected = slope == 1 ? exact : try exact.leakyReLU(slope)
            let found = try fast(x, bias: bias, slope: slope)
            #expect(found.shape == expected.shape)
            #expect(try worst(found, expected) < 4e-6 * scale(exact))
        }
    }

    @Test(
        "Doubles the size: outputs are the pixels of squares",
        arguments: cases.filter { $0[4] % 64 == 0 } + [[1, 3, 4, 16, 64]])
    func doubling(sizes: [Int]) throws {
        let (n, height, width) = (sizes[0], sizes[1], sizes[2])
        let x = try Tensor.randn([n, sizes[3], height, width], seed: 1)
        let weight = try Tensor.randn([sizes[4], sizes[3], 3, 3], seed: 2)
        let each = sizes[4] / 4
        // [N, 2, 2, K, H, W] to [N, K, H, 2, W, 2]
        let expected = try x.conv2d(weight, padding: 1).reshape([n, 2, 2, each, height, width])
            .permuted([0, 3, 4, 1, 5, 2]).reshape([n, each, 2 * height, 2 * width])
        let found = try WinogradConvolution(weight, differentiable: false)(x, doubling: true)
        #expect(try worst(found, expected) < 4e-6 * scale(expected))
    }

    /// Few weights, which are kept transformed, and many, which are not; phases of whole panels, and of less.
    @Test("Kernels of four phases, and gradients through them", arguments: [[32, 64], [32, 128], [208, 512]])
    func phases(channels: [Int]) throws {
        let (inputs, outputs) = (channels[0], channels[1])
        let x = try Tensor.randn([2, inputs, 9, 6], seed: 1)
        let weight = try Tensor.randn([outputs, inputs, 2, 2], seed: 2)
        let quarter = outputs / 4
        // [left, right, top, bottom]
        let wide = try Tensor.cat(
            (0..<4).map { phase in
                let (row, column) = (phase / 2, phase % 2)
                return try weight.narrow(0, start: phase * quarter, length: quarter)
                    .padded([column, 1 - column, row, 1 - row])
            })
        let results = try [weight, wide].map { weight in
            let leaf = try x.clone().requiringGradient()
            let y = try WinogradConvolution(weight, differentiable: true)(leaf, slope: 0.2, doubling: true)
            let gradient = try y.gradients(withRespectTo: [leaf], seed: Tensor.randn(y.shape, seed: 4))[0]
            return (try y.detached(), try #require(gradient))
        }
        #expect(try worst(results[0].0, results[1].0) < 4e-6 * scale(results[1].0))
        #expect(try worst(results[0].1, results[1].1) < 1e-5 * scale(results[1].1))
    }

    @Test("Gradients of many weights are those of the definition")
    func wideGradients() throws {
        let x = try Tensor.randn([1, 240, 7, 10], seed: 1)
        let weight = try Tensor.randn([272, 240, 3, 3], seed: 2)
        let leaf = try x.clone().requiringGradient()
        let found = try WinogradConvolution(weight, differentiable: true)(leaf)
        let seed = try Tensor.randn(found.shape, seed: 4)
        let gradient = try #require(try found.gradients(withRespectTo: [leaf], seed: seed)[0])
        let exactLeaf = try x.to(dtype: .float64).requiringGradient()
        let exact = try exactLeaf.conv2d(weight.to(dtype: .float64), padding: 1)
        let expected = try #require(
            try exact.gradients(withRespectTo: [exactLeaf], seed: seed.to(dtype: .float64))[0])
        #expect(try worst(gradient, expected) < 1e-5 * scale(expected))
    }

    @Test("Gradients by the input are those of the definition", arguments: [1, 0.2, 0], [false, true])
    func gradients(slope: Double, doubling: Bool) throws {
        let x = try Tensor.randn([2, 16, 9, 6], seed: 1)
        let weight = try Tensor.randn([64, 16, 3, 3], seed: 2)
        let bias = try Tensor.randn([64], seed: 3)
        let fast = try WinogradConvolution(weight, differentiable: true)
        let leaf = try x.clone().requiringGradient()
        let found = try fast(leaf, bias: bias, slope: slope, doubling: doubling)
        let seed = try Tensor.randn(found.shape, seed: 4)
        let gradient = try #require(try found.gradients(withRespectTo: [leaf], seed: seed)[0])

        let exactLeaf = try x.to(dtype: .float64).requiringGradient()
        var exact = try exactLeaf.conv2d(weight.to(dtype: .float64), bias.to(dtype: .float64), padding: 1)
        exact = try exact.leakyReLU(slope)
        if doubling {
            exact = try exact.reshape([2, 2, 2, 16, 9, 6]).permuted([0, 3, 4, 1, 5, 2]).reshape([2, 16, 18, 12])
        }
        let expected = try #require(
            try exact.gradients(withRespectTo: [exactLeaf], seed: seed.to(dtype: .float64))[0])
        #expect(try worst(gradient, expected) < 1e-5 * scale(expected))
    }

    @Test("An image's numbers do not depend on its batch, its place in it, or the number of threads")
    func independence() throws {
        let weight = try Tensor.randn([32, 16, 3, 3], seed: 2)
        let fast = try WinogradConvolution(weight, differentiable: false)
        let batch = try Tensor.randn([16, 16, 20, 20], seed: 1)
        let threads = Torch.threadCount
        defer { Torch.threadCount = threads }
        let together = try fast(batch)
        for index in [0, 7, 15] {
            Torch.threadCount = index == 7 ? 1 : 2
            let alone = try fast(batch.narrow(0, start: index, length: 1))
            #expect(try alone.floats() == together.narrow(0, start: index, length: 1).floats())
        }
    }

    @Test("In bfloat16 only the factors of the products are rounded", arguments: cases.filter { $0[3] % 32 == 0 })
    func bfloat16(sizes: [Int]) throws {
        let x = try Tensor.randn([sizes[0], sizes[3], sizes[1], sizes[2]], seed: 1).to(dtype: .bfloat16)
        let weight = try Tensor.randn([sizes[4], sizes[3], 3, 3], seed: 2)
        let fast = try WinogradConvolution(weight, differentiable: false, precision: .bfloat16)
        let exact = try x.to(dtype: .float64).conv2d(weight.to(dtype: .float64), padding: 1)
        let found = try fast(x)
        #expect(found.dtype == .bfloat16)
        let error = try (found.to(dtype: .float64) - exact).square().mean().item()
        #expect(try error < 4e-4 * exact.square().mean().item())
    }

    @Test("What does not suit is refused by its name")
    func refusals() throws {
        #expect(try !WinogradConvolution.suits(.zeros([16, 16, 3, 3]), precision: .bfloat16))
        #expect(throws: TorchError.self) {
            try WinogradConvolution(.zeros([16, 32, 3, 3]), differentiable: true, precision: .bfloat16)
        }
        #expect(throws: TorchError.self) {
            try WinogradConvolution(.zeros([16, 32, 3, 3]), differentiable: false, precision: .bfloat16)(
                .zeros([1, 32, 4, 4]))
        }
        #expect(try !WinogradConvolution.suits(.zeros([16, 3, 3, 3])))
        #expect(try !WinogradConvolution.suits(.zeros([16, 16, 1, 1])))
        #expect(try !WinogradConvolution.suits(.zeros([16, 16, 3, 3], dtype: .float64)))
        #expect(throws: TorchError.self) { try WinogradConvolution(.zeros([8, 16, 3, 3]), differentiable: false) }
        let fast = try WinogradConvolution(.zeros([16, 16, 3, 3]), differentiable: false)
        #expect(throws: TorchError.self) { try fast(.zeros([1, 32, 4, 4])) }
        #expect(throws: TorchError.self) { try fast(.zeros([1, 16, 4, 4], dtype: .float64)) }
        #expect(throws: TorchError.self) { try fast(Tensor.zeros([1, 16, 4, 4]).requiringGradient()) }
        #expect(throws: TorchError.self) { try fast(.zeros([1, 16, 4, 4]), bias: .zeros([17])) }
        #expect(throws: TorchError.self) { try fast(.zeros([1, 16, 4, 4]), doubling: true) }
        #expect(throws: TorchError.self) { try fast(.zeros([0, 16, 4, 4])) }
        #expect(throws: TorchError.self) { try fast(.zeros([1, 16, 0, 4])) }
    }
}

@Suite("The styled layer's kernel")
struct StyledTests {
    @Test(
        "Equals its parts, and so do its gradients", arguments: [[1, 3, 4, 4], [2, 16, 18, 33], [3, 24, 40, 8]],
        [false, true])
    func equality(shape: [Int], blurred: Bool) throws {
        let (n, c, height, width) = (shape[0], shape[1], shape[2], shape[3])
        let parts = try Parts(
            x: .randn(shape, seed: 1), scale: .randn([n, c], seed: 2), shift: .randn([n, c], seed: 3),
            noise: .randn([n == 3 ? 3 : 1, 1, height, width], seed: 4), weight: .randn([c], seed: 5),
            bias: .randn([c], seed: 6))
        let seed = try Tensor.randn(shape, seed: 7)
        let (found, foundGradients) = try parts.run(seed) { p in
            try p.x.styled(
                scale: p.scale, shift: p.shift, noise: p.noise, noiseWeight: p.weight, bias: p.bias, blurred: blurred)
        }
        let (expected, expectedGradients) = try parts.doubled().run(seed.to(dtype: .float64)) { p in
            var x = p.x
            if blurred {
                let taps = [1.0, 2, 1, 2, 4, 2, 1, 2, 1].map { $0 / 16 }
                let kernel = try Tensor((0..<c).flatMap { _ in taps }, shape: [c, 1, 3, 3])
                x = try x.conv2d(kernel, padding: 1, groups: c)
            }
            x = try x + p.noise * p.weight.reshape([1, c, 1, 1]) + p.bias.reshape([1, c, 1, 1])
            return try x.leakyReLU(0.2).adaIN(scale: p.scale, shift: p.shift)
        }
        #expect(try worst(found, expected) < 2e-5)
        for (a, b) in zip(foundGradients, expectedGradients) {
            #expect(try worst(a, b) < 2e-5 * scale(b))
        }
        // Without gradients the same numbers come by another path.
        let plain = try withNoGradient {
            try parts.x.styled(
                scale: parts.scale, shift: parts.shift, noise: parts.noise, noiseWeight: parts.weight,
                bias: parts.bias, blurred: blurred)
        }
        #expect(try worst(plain, found) == 0)
    }

    @Test(
        "With the convolution before it, and the last step left to the reader, it gives the same",
        arguments: [[2, 24, 20], [1, 7, 33], [3, 4, 4]], [DType.float32, .bfloat16])
    func fusing(shape: [Int], precision: DType) throws {
        let (n, height, width) = (shape[0], shape[1], shape[2])
        let limit = precision == .float32 ? 3e-5 : 0.06
        for doubling in [false, true] {
            let (c, outputs) = (32, doubling ? 128 : 32)
            let x = try Tensor.randn([n, c, height, width], seed: 1)
            let first = try Layer(outputs: c, height: height, width: width, images: n, seed: 10)
            let second = try Layer(
                outputs: doubling ? 32 : outputs, height: doubling ? 2 * height : height,
                width: doubling ? 2 * width : width, images: 1, seed: 20, batch: n)
            let weights = try [
                Tensor.randn([c, c, 3, 3], seed: 2) / 17, Tensor.randn([outputs, c, 3, 3], seed: 3) / 17,
            ]
            let rgb = try Tensor.randn([3, 32, 1, 1], seed: 4)
            let bias = try Tensor.randn([3], seed: 5)

            let exact = try weights.map { try WinogradConvolution($0, differentiable: false) }
            let middle = try first.apply(exact[0](x), blurred: false)
            let expected = try second.apply(exact[1](middle, doubling: doubling), blurred: doubling)

            let fused = try weights.map {
                try WinogradConvolution($0, differentiable: false, precision: precision)
            }
            let y = try second.fused(
                first.fused(StyledPixels(x.to(dtype: precision)), fused[0], doubling: false), fused[1],
                doubling: doubling)
            let resolved = try y.resolved()
            #expect(resolved.dtype == precision && resolved.shape == expected.shape)
            #expect(try worst(resolved, expected) < limit * scale(expected))
            let picture = try y.projected(rgb, bias: bias)
            #expect(picture.dtype == .float32)
            #expect(try worst(picture, expected.conv2d(rgb, bias)) < 3 * limit * scale(picture))
        }
    }

    /// What follows one convolution.
    private struct Layer {
        let scale, shift, noise, weight, bias: Tensor

        init(outputs c: Int, height: Int, width: Int, images: Int, seed: UInt64, batch: Int? = nil) throws {
            scale = try .randn([batch ?? images, c], seed: seed)
            shift = try .randn([batch ?? images, c], seed: seed + 1)
            noise = try .randn([images, 1, height, width], seed: seed + 2)
            weight = try .randn([c], seed: seed + 3)
            bias = try .randn([c], seed: seed + 4)
        }

        func apply(_ x: Tensor, blurred: Bool) throws -> Tensor {
            try x.styled(
                scale: scale, shift: shift, noise: noise, noiseWeight: weight, bias: bias, blurred: blurred)
        }

        func fused(_ x: StyledPixels, _ filter: WinogradConvolution, doubling: Bool) throws -> StyledPixels {
            try filter.styled(
                x, scale: scale, shift: shift, noise: noise, noiseWeight: weight, bias: bias, doubling: doubling)
        }
    }

    @Test("A channel of one value becomes its shift, not a division by zero")
    func constant() throws {
        let zero = try Tensor.zeros([16])
        let shift = try Tensor.full([1, 16], 3)
        let y = try Tensor.full([1, 16, 8, 8], 2).styled(
            scale: .zeros([1, 16]), shift: shift, noise: nil, noiseWeight: zero, bias: zero)
        #expect(try (y - 3).abs().amax().item() < 1e-3)
    }

    private struct Parts {
        var x: Tensor
        var scale: Tensor
        var shift: Tensor
        var noise: Tensor
        var weight: Tensor
        var bias: Tensor

        func doubled() throws -> Parts {
            try Parts(
                x: x.to(dtype: .float64), scale: scale.to(dtype: .float64), shift: shift.to(dtype: .float64),
                noise: noise.to(dtype: .float64), weight: weight.to(dtype: .float64), bias: bias.to(dtype: .float64))
        }

        /// The result and its gradients by pixels, scale and shift.
        func run(_ seed: Tensor, _ body: (Parts) throws -> Tensor) throws -> (Tensor, [Tensor]) {
            var copy = self
            copy.x = try x.clone().requiringGradient()
            copy.scale = try scale.clone().requiringGradient()
            copy.shift = try shift.clone().requiringGradient()
            let y = try body(copy)
            let gradients = try y.gradients(withRespectTo: [copy.x, copy.scale, copy.shift], seed: seed)
            return (try y.detached(), gradients.compactMap { $0 })
        }
    }
}

/// The largest difference.
private func worst(_ a: Tensor, _ b: Tensor) throws -> Double {
    try (a.detached().to(dtype: .float64) - b.detached().to(dtype: .float64)).abs().amax().item()
}

/// The largest number.
private func scale(_ x: Tensor) throws -> Double { try max(x.detached().abs().amax().item(), 1) }
