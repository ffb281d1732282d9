import Layers
import TediGAN
import Testing
import Torch

@Suite("Generator")
struct GeneratorTests {
    private func make(
        _ configuration: GeneratorConfiguration, seed: UInt64 = 1
    ) throws -> (store: ParameterStore, generator: Generator) {
        let store = ParameterStore(seed: seed)
        let generator = try store.build { scope throws(LayerError) in try Generator(configuration, in: scope) }
        return (store, generator)
    }

    @Test("Names, shapes and counts are those of the published 256-pixel generator")
    func published() throws {
        let (store, _) = try make(GeneratorConfiguration())
        #expect(store.entries.count == 123)
        // The published count of 29,500,758 has the level of detail among the parameters.
        #expect(store.parameterCount + 1 == 29_500_758)
        #expect(store.entries.reduce(0) { $0 + $1.tensor.count } == 29_693_892)
        #expect(store["mapping.dense7.fc.weight"]?.shape == [7168, 512])
        #expect(store["synthesis.layer10.weight"]?.shape == [3, 3, 256, 128])
        #expect(store["synthesis.layer13.conv.weight"]?.shape == [64, 64, 3, 3])
        #expect(store["synthesis.output6.conv.weight"]?.shape == [3, 64, 1, 1])
        #expect(store["truncation.truncation"]?.shape == [1, 14, 1])
    }

    @Test("The broadcast form at 1024 pixels has the published count")
    func megapixel() throws {
        let (store, _) = try make(GeneratorConfiguration(resolution: 1024, broadcastsW: true))
        #expect(store.entries.count == 153)
        #expect(store.parameterCount + 1 == 26_219_628)
    }

    @Test("Every size works, and tanh bounds the image", arguments: [8, 16, 32, 64, 128])
    func sizes(resolution: Int) throws {
        let (_, generator) = try make(
            GeneratorConfiguration(
                resolution: resolution, zDimension: 8, wDimension: 12, truncationLayers: 2, featureMapsBase: 64,
                featureMapsMax: 8, mappingLayers: 3))
        let image = try withNoGradient { () throws(TorchError) in
            try generator.synthesize(generator.map(.randn([2, 8], seed: 1)))
        }
        #expect(image.shape == [2, 3, resolution, resolution])
        #expect(try image.abs().amax().item() <= 1)
    }

    @Test("Truncation is w̄ + ψ (w - w̄) on the first layers and tracks the first layer's mean")
    func truncation() throws {
        let (store, generator) = try make(SmallModel.configuration)
        try #require(store["truncation.w_avg"]).fill(0.5)
        let w = try generator.mapping(.randn([3, 16], seed: 2)).detached()
        let plain = try generator.truncation(w, psi: 1).floats()
        let half = try generator.truncation(w, psi: 0.5).floats()
        for index in plain.indices {
            let layer = index / 16 % 6
            let expected = layer < 3 ? 0.5 + 0.5 * (plain[index] - 0.5) : plain[index]
            #expect(abs(half[index] - expected) < 1e-6)
        }
        #expect(try generator.truncation(w).floats() == generator.truncation(w, psi: 0.7).floats())
        try generator.truncation.track(w, decay: 0)
        let mean = try w.narrow(1, start: 0, length: 16).mean([0]).floats()
        let tracked = try generator.truncation.mean.floats()
        for (a, b) in zip(mean, tracked) { #expect(abs(a - b) < 1e-6) }
    }

    @Test("A broadcast mapping repeats one row for all layers")
    func broadcast() throws {
        var configuration = SmallModel.configuration
        configuration.broadcastsW = true
        let (_, generator) = try make(configuration)
        let codes = try generator.map(.randn([2, 16], seed: 1), psi: 1)
        #expect(codes.shape == [2, 6, 16])
        #expect(try codes.select(1, index: 0).floats() == codes.select(1, index: 5).floats())
    }

    @Test("The mapping network normalises z by its length, and spreads it over knots where asked")
    func mapping() throws {
        let (_, generator) = try make(SmallModel.configuration)
        let z = try Tensor.randn([2, 16], seed: 3)
        let error = try (generator.map(z) - generator.map(z * 5)).abs().amax().item()
        #expect(error < 1e-4)
        var configuration = SmallModel.configuration
        configuration.mappingKnots = 7
        let (store, spread) = try make(configuration)
        #expect(store["mapping.dense0.fc.weight"]?.shape == [16, 16 * 8])
        #expect(store["mapping.linear.fc.weight"]?.shape == [96, 16 * 8])
        #expect(try (spread.map(z) - spread.map(z * 5)).abs().amax().item() > 0.1)
    }

    @Test("The frozen network draws the same image, and does not follow training")
    func frozen() throws {
        let (store, generator) = try make(SmallModel.configuration)
        let codes = try Tensor.randn([2, 6, 16], seed: 4)
        let frozen = try generator.frozen()
        let image = try withNoGradient { () throws(TorchError) in try generator.synthesize(codes) }
        #expect(try (frozen.synthesize(codes) - image).abs().amax().item() < 1e-5)
        #expect(try !frozen.synthesis(codes).requiresGradient)
        for tensor in store.trainableTensors { try tensor.fill(0.1) }
        #expect(try (frozen.synthesize(codes) - image).abs().amax().item() < 1e-5)
    }

    @Test("Gradients by the codes through the frozen network are those of double precision", arguments: [1, 3])
    func frozenGradients(batch: Int) throws {
        let configuration = GeneratorConfiguration(
            resolution: 64, zDimension: 16, wDimension: 16, featureMapsBase: 1024, featureMapsMax: 64, mappingWidth: 16)
        let (store, generator) = try make(configuration)
        for entry in store.entries where entry.path.hasSuffix("apply_noise.weight") { try entry.tensor.fill(0.1) }
        let exact = try ParameterStore(
            loading: store.tensors, dtype: .float64, trains: false
        ).build { scope throws(LayerError) in try Generator(configuration, in: scope) }
        let codes = try Tensor.randn([batch, configuration.layers, 16], seed: 4)
        func gradient(_ network: Generator, _ dtype: DType, _ channelsLast: Bool) throws -> Tensor {
            let leaf = try codes.to(dtype: dtype).detached().clone().requiringGradient()
            let image = try network.synthesize(leaf)
            var seed = try Tensor.randn(image.shape, seed: 5).to(dtype: dtype)
            if channelsLast { seed = try seed.channelsLast() }
            return try #require(try image.gradients(withRespectTo: [leaf], seed: seed)[0]).to(dtype: .float64)
        }
        let expected = try gradient(exact, .float64, false)
        for dtype in [DType.float32, .float64] {
            let network = try dtype == .float32 ? generator.frozen() : exact.frozen()
            for channelsLast in [false, true] {
                let found = try gradient(network, dtype, channelsLast)
                let error = try (found - expected).abs().amax().item()
                let limit = try expected.abs().amax().item() * (dtype == .float32 ? 1e-3 : 1e-10)
                #expect(error < limit, "\(dtype), channels last \(channelsLast)")
            }
        }
    }

    @Test("For running only, in float32 and bfloat16, it draws the same image, whatever the batch")
    func running() throws {
        let configuration = GeneratorConfiguration(
            resolution: 128, zDimension: 16, wDimension: 16, featureMapsBase: 8192, featureMapsMax: 64,
            mappingWidth: 16)
        let (store, generator) = try make(configuration)
        for entry in store.entries where entry.path.hasSuffix("apply_noise.weight") { try entry.tensor.fill(0.1) }
        let codes = try Tensor.randn([16, generator.configuration.layers, 16], seed: 4)
        try withNoGradient {
            let exact = try generator.synthesize(codes.narrow(0, start: 0, length: 4))
            let running = try generator.frozen(differentiable: false)
            let together = try running.synthesize(codes)
            #expect(try (together.narrow(0, start: 0, length: 4) - exact).abs().amax().item() < 1e-4)
            for index in [0, 9, 15] {
                // The range is -1...1 where a byte has 256 steps.
                let alone = try running.synthesize(codes.narrow(0, start: index, length: 1))
                let gap = try (alone - together.narrow(0, start: index, length: 1)).abs().amax().item()
                #expect(gap < 2.0 / 255 / 10)
            }
            let coarse = try generator.frozen(differentiable: false, precision: .bfloat16).synthesize(codes)
            let error = try (coarse.narrow(0, start: 0, length: 4) - exact).square().mean().item()
            #expect(coarse.dtype == .float32)
            // 40 dB of a range of 2; and it is not float32 after all.
            #expect(error < 4e-4 && error > 1e-8)
        }
    }

    @Test("Gradients reach the codes and all parameters but the unused outputs")
    func gradients() throws {
        let (store, generator) = try make(SmallModel.configuration)
        let codes = try Tensor.randn([2, 6, 16], seed: 5).requiringGradient()
        for entry in store.entries where entry.path.hasSuffix("apply_noise.weight") { try entry.tensor.fill(0.1) }
        try generator.synthesize(codes).square().mean().backward()
        #expect(try codes.gradient()?.abs().amax([0, 2]).floats().allSatisfy { $0 > 0 } == true)
        for entry in store.entries where entry.isTrainable && entry.path.hasPrefix("synthesis") {
            let unused = entry.path.hasPrefix("synthesis.output0") || entry.path.hasPrefix("synthesis.output1")
            #expect(try (entry.tensor.gradient() == nil) == unused, "\(entry.path)")
        }
    }

    @Test("Random noise depends on seed, sample and layer, not on the batch")
    func noise() throws {
        let keys = [SampleKey(seed: 1, sample: 0), SampleKey(seed: 1, sample: 1), SampleKey(seed: 2, sample: 0)]
        let together = try NoiseMaps.random(keys, SmallModel.configuration)
        let alone = try NoiseMaps.random([keys[1]], SmallModel.configuration)
        #expect(together.count == 6)
        for (all, one) in zip(together, alone) {
            #expect(try all.narrow(0, start: 1, length: 1).floats() == one.floats())
            #expect(try all.select(0, index: 0).floats() != all.select(0, index: 2).floats())
        }
    }

    @Test("Sizes out of range are refused with their name")
    func limits() throws {
        var configuration = SmallModel.configuration
        configuration.resolution = 48
        let error = try #require(throws: LayerError.self) { try make(configuration) }
        #expect(error.description.contains("resolution is 48"))
    }
}
