import Layers
import TediGAN
import Testing
import Torch

@Suite("StyleGAN2")
struct StyleGAN2Tests {
    private static let configuration = StyleGAN2Configuration(
        resolution: 16, styleDimension: 16, mappingLayers: 2, channelMultiplier: 1, channelsMax: 8)

    private func generator() throws -> StyleGAN2Generator {
        let store = ParameterStore(seed: 1)
        let generator = try store.build { scope throws(LayerError) in
            try StyleGAN2Generator(Self.configuration, in: scope)
        }
        for entry in store.entries where entry.path.hasSuffix("noise.weight") { try entry.tensor.fill(0.3) }
        return generator
    }

    @Test("The published sizes")
    func sizes() {
        let published = StyleGAN2Configuration()
        #expect(published.layers == 18 && published.noiseLayers == 17)
        #expect([4, 32, 64, 128, 256, 512, 1024].map(published.channels) == [512, 512, 512, 256, 128, 64, 32])
        #expect((0..<5).map(published.resolution(ofNoiseLayer:)) == [4, 8, 8, 16, 16])
    }

    @Test("Scaling activations equals scaling the weights of every image, as published")
    func modulation() throws {
        // The published form: a kernel per image, demodulated, in one grouped convolution.
        let store = ParameterStore(seed: 1, dtype: .float64)
        let generator = try store.build { scope throws(LayerError) in
            try StyleGAN2Generator(Self.configuration, in: scope)
        }
        let codes = try Tensor.randn([3, 6, 16], seed: 2, dtype: .float64)
        let found = try generator.activations(codes).layers[0]
        let weight = try #require(store["conv1.conv.weight"])
        let style = try codes.select(1, index: 0)
            .linear(#require(store["conv1.conv.modulation.weight"]) * 0.25, store["conv1.conv.modulation.bias"])
        var kernels = try weight * style.reshape([3, 1, 8, 1, 1]) * (1 / 72.0.squareRoot())
        kernels = try kernels * (kernels.square().sum([2, 3, 4], keepDims: true) + 1e-8).rsqrt()
        let constant = try #require(store["input.input"]).repeated([3, 1, 1, 1]).reshape([1, 24, 4, 4])
        let convolved = try constant.conv2d(kernels.reshape([24, 8, 3, 3]), padding: 1, groups: 3)
            .reshape([3, 8, 4, 4])
        // New noise weights and biases are 0.
        let expected = try convolved.leakyReLU(0.2) * 2.0.squareRoot()
        #expect(try (found - expected).abs().amax().item() < 1e-12)
    }

    @Test("The folded form gives the same, and its codes have gradients")
    func folding() throws {
        let generator = try generator()
        let codes = try Tensor.randn([2, 6, 16], seed: 3).requiringGradient()
        let frozen = try generator.frozen()
        let image = try frozen.images(of: codes)
        #expect(image.shape == [2, 3, 16, 16])
        #expect(try (image - generator.images(of: codes)).detached().abs().amax().item() < 1e-5)
        let gradient = try #require(try image.square().sum().gradients(withRespectTo: [codes])[0])
        #expect(try gradient.abs().sum().item() > 0)
    }

    @Test("Mixed codes take coarse layers from the first and fine ones from the second")
    func mixing() throws {
        let generator = try generator()
        let (a, b) = (try Tensor.ones([1, 16]), try Tensor.zeros([1, 16]))
        let codes = try generator.broadcast(a, b, crossover: 2)
        #expect(try codes.mean([2]).floats() == [1, 1, 0, 0, 0, 0])
        #expect(try StyleMixing.mix(codes, codes * 0 + 2, crossover: 0).mean([2]).floats() == [2, 2, 2, 2, 2, 2])
        #expect(throws: TorchError.self) { try StyleMixing.mix(codes, codes, crossover: 7) }
        #expect(throws: TorchError.self) { try StyleMixing.mix(codes, a, crossover: 1) }
    }

    @Test("Truncation pulls towards the mean, which is the same for every seed's caller")
    func truncation() throws {
        let generator = try generator()
        let mean = try generator.meanCode(64, seed: 5)
        #expect(mean.shape == [1, 16])
        #expect(try mean.floats() == generator.meanCode(64, seed: 5).floats())
        let w = try generator.map(.randn([4, 16], seed: 1))
        #expect(try (generator.truncate(w, towards: mean, psi: 0) - mean).detached().abs().amax().item() < 1e-6)
        #expect(try (generator.truncate(w, towards: mean, psi: 1) - w).detached().abs().amax().item() < 1e-5)
    }

    @Test("Codes and noise of the wrong shape are refused")
    func refusals() throws {
        let generator = try generator()
        #expect(throws: TorchError.self) { try generator.synthesize(.zeros([1, 5, 16])) }
        #expect(throws: TorchError.self) { try generator.synthesize(.zeros([1, 6, 16]), noise: []) }
        #expect(throws: LayerError.self) {
            try ParameterStore(seed: 1).build { scope throws(LayerError) in
                try StyleGAN2Generator(StyleGAN2Configuration(resolution: 48), in: scope)
            }
        }
    }
}
