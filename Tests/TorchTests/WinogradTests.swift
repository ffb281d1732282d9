import Testing
import Torch

@Suite("Convolution by minimal filtering")
struct WinogradTests {
    /// Images, height, width, inputs, outputs: whole and cut-off tiles, one and several blocks.
    private static let cases: [[Int]] = [
        [1, 4, 4, 16, 16], [2, 8, 12, 16, 32], [1, 5, 7, 32, 16], [3, 1, 2, 16, 48], [1, 33, 30, 48, 64],
        [2, 32, 32, 64, 80],
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

    @Test("What does not suit is refused by its name")
    func refusals() throws {
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
