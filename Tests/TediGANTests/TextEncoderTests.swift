import Layers
import TediGAN
import Testing
import Torch

@Suite("Text encoder and inversion encoder")
struct EncoderTests {
    private let configuration = TextEncoderConfiguration(
        vocabularySize: 12, embeddingWidth: 6, hiddenWidth: 8, mappingWidth: 10, mappingLayers: 2, layers: 4,
        wDimension: 5)

    private func make(_ dtype: DType = .float32) throws -> (store: ParameterStore, encoder: TextEncoder) {
        let store = ParameterStore(seed: 3, dtype: dtype)
        let encoder = try store.build { scope throws(LayerError) in try TextEncoder(configuration, in: scope) }
        return (store, encoder)
    }

    @Test("The DAMSM part has the published names")
    func names() throws {
        let (store, _) = try make()
        let paths = store.entries.map(\.path)
        #expect(
            paths.prefix(9) == [
                "encoder.weight", "rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0",
                "rnn.weight_ih_l0_reverse", "rnn.weight_hh_l0_reverse", "rnn.bias_ih_l0_reverse",
                "rnn.bias_hh_l0_reverse",
            ])
        #expect(store["rnn.weight_ih_l0"]?.shape == [16, 6])
    }

    @Test("A caption's code does not depend on its neighbours")
    func independence() throws {
        let (_, encoder) = try make(.float64)
        let captions = [[1, 2, 3], [4], [5, 6, 7, 8, 9], [3, 2, 1]]
        let together = try encoder(captions)
        #expect(together.shape == [4, 4, 5])
        for (row, caption) in captions.enumerated() {
            let alone = try encoder([caption])
            let error = try (together.narrow(0, start: row, length: 1) - alone).abs().amax().item()
            #expect(error < 1e-12)
        }
        let first = try together.select(0, index: 0)
        #expect(try (first - together.select(0, index: 3)).abs().amax().item() > 1e-6)
    }

    @Test("An empty caption is refused")
    func empty() throws {
        let (_, encoder) = try make()
        #expect(throws: TorchError.self) { try encoder([[1], []]) }
        #expect(throws: TorchError.self) { try encoder([]) }
    }

    @Test("A few steps of Adam bring the codes to their targets")
    func learning() throws {
        let (store, encoder) = try make()
        let captions = [[1, 2], [3, 4, 5], [6]]
        let target = try Tensor.randn([3, 4, 5], seed: 1)
        let adam = try Adam(store.trainableTensors, .init(learningRate: 0.01))
        var losses: [Double] = []
        for _ in 0..<150 {
            let loss = try (encoder(captions) - target).square().mean()
            try adam.zeroGradients()
            try loss.backward()
            try adam.step()
            losses.append(try loss.item())
        }
        #expect(try #require(losses.last) < 0.02 * losses[0])
    }

    @Test("Names and counts of the published inversion encoder")
    func published() throws {
        let store = ParameterStore(seed: 1)
        // A quarter of the width: the same names at a size that a test may take.
        _ = try store.build { scope throws(LayerError) in
            try InversionEncoder(
                InversionEncoderConfiguration(wDimension: 16, channelsBase: 4, channelsMax: 64), in: scope)
        }
        #expect(store.entries.count == 120)
        #expect(store["block7.fc.weight"]?.shape == [224, 1024])
        #expect(store["block5.conv.weight"] == nil)
        #expect(store["block4.conv.weight"]?.shape == [64, 32, 1, 1])
        #expect(store["block1.wscale1.bias"]?.shape == [4])
    }

    @Test("An image's code does not depend on its neighbours when not training")
    func inversion() throws {
        let store = ParameterStore(seed: 1)
        let encoder = try store.build { scope throws(LayerError) in
            try InversionEncoder(
                InversionEncoderConfiguration(resolution: 16, wDimension: 6, channelsBase: 4, channelsMax: 8),
                in: scope)
        }
        let images = try Tensor.randn([3, 3, 16, 16], seed: 1)
        let codes = try encoder(images)
        #expect(codes.shape == [3, 6, 6])
        let alone = try encoder(images.narrow(0, start: 2, length: 1))
        #expect(try (codes.narrow(0, start: 2, length: 1) - alone).abs().amax().item() < 1e-5)
    }
}
