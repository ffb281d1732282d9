import Layers
import Perception
import Testing
import Torch

@Suite("CLIP")
struct CLIPTests {
    /// A transformer of three squares a side, and a residual network.
    static let small = [
        CLIPConfiguration(
            embedDimension: 6, imageResolution: 6, visionLayers: [2], visionWidth: 8, visionPatchSize: 2,
            contextLength: 7, vocabularySize: 20, transformerWidth: 8, transformerHeads: 2, transformerLayers: 2),
        CLIPConfiguration(
            embedDimension: 6, imageResolution: 32, visionLayers: [1, 1, 2, 1], visionWidth: 4, visionPatchSize: nil,
            contextLength: 7, vocabularySize: 20, transformerWidth: 8, transformerHeads: 1, transformerLayers: 1),
    ]

    static func model(
        _ configuration: CLIPConfiguration, dtype: DType = .float64
    ) throws -> (clip: CLIP, store: ParameterStore) {
        let store = ParameterStore(seed: 5, dtype: dtype)
        let clip = try store.build { scope throws(LayerError) in try CLIP(configuration, in: scope) }
        return (clip, store)
    }

    @Test("Features are [N, D] and logits are scaled cosines", arguments: small)
    func shapes(configuration: CLIPConfiguration) throws {
        let (clip, _) = try Self.model(configuration)
        let side = configuration.imageResolution
        let images = try Tensor.randn([3, 3, side, side], seed: 1, dtype: .float64)
        let ids = try Tensor([18, 4, 5, 19, 0, 0, 0, 18, 6, 19, 0, 0, 0, 0] as [Int64], shape: [2, 7])
        let seen = try clip.imageFeatures(images)
        #expect(seen.shape == [3, 6])
        #expect(try clip.textFeatures(ids).shape == [2, 6])
        let logits = try clip.logitsPerImage(images, ids: ids)
        #expect(logits.shape == [3, 2])
        #expect(try logits.abs().amax().item() <= 1 / 0.07 + 1e-9)
        let own = try clip.logitsPerImage(imageFeatures: seen, textFeatures: seen).doubles()
        #expect(abs(own[0] - 1 / 0.07) < 1e-9)
    }

    @Test("Later tokens do not change what earlier ones become, and padding changes no feature")
    func causality() throws {
        let (clip, store) = try Self.model(Self.small[0])
        let texts = try CLIPTextTransformer(
            Self.small[0], in: ParameterStore(loading: store.tensors, dtype: .float64, trains: false).root)
        let first = try Tensor([18, 4, 5, 6, 7] as [Int64], shape: [1, 5])
        let second = try Tensor([18, 4, 5, 9, 2] as [Int64], shape: [1, 5])
        let (a, b) = try (texts.hidden(first), texts.hidden(second))
        #expect(try difference(a.narrow(1, start: 0, length: 3), b.narrow(1, start: 0, length: 3)) < 1e-12)
        #expect(try difference(a, b) > 1e-3)

        let short = try clip.textFeatures(Tensor([18, 4, 19] as [Int64], shape: [1, 3]))
        let padded = try clip.textFeatures(Tensor([18, 4, 19, 0, 0, 0, 0] as [Int64], shape: [1, 7]))
        let behind = try clip.textFeatures(Tensor([18, 4, 19, 8, 9, 0, 0] as [Int64], shape: [1, 7]))
        #expect(try difference(short, padded) < 1e-12)
        #expect(try difference(short, behind) < 1e-12)
        #expect(throws: TorchError.self) { try clip.textFeatures(Tensor.zeros([1, 8], dtype: .int64)) }
    }

    @Test("Gradients by the image agree with central differences", arguments: small)
    func gradients(configuration: CLIPConfiguration) throws {
        let (clip, _) = try Self.model(configuration)
        let ids = try Tensor([18, 4, 5, 19] as [Int64], shape: [1, 4])
        let texts = try clip.textFeatures(ids).detached()
        // Larger than the tower's image, so that the preparation is part of what is differentiated.
        let prepare = try CLIPImagePreparation(
            .published, from: 8, to: configuration.imageResolution, dtype: .float64)
        let image = try Tensor.randn([1, 3, 8, 8], seed: 2, dtype: .float64)
        let error = try imageGradientError(of: image) { image throws(TorchError) in
            try clip.logitsPerImage(imageFeatures: clip.imageFeatures(prepare(image)), textFeatures: texts).sum()
        }
        #expect(error < 1e-6)
    }

    @Test("A state dictionary tells its sizes, whether of a transformer or a residual network")
    func inference() throws {
        var wide = Self.small
        wide[0].visionWidth = 128
        wide[0].transformerWidth = 128
        wide[1].transformerWidth = 64
        for configuration in wide {
            let (_, store) = try Self.model(configuration, dtype: .float32)
            #expect(try CLIPConfiguration(shapes: store.tensors.mapValues(\.shape)) == configuration)
        }
        #expect(throws: LayerError.self) { try CLIPConfiguration(shapes: ["ln_final.weight": [64]]) }
        let (_, store) = try Self.model(wide[0], dtype: .float32)
        var shapes = store.tensors.mapValues(\.shape)
        shapes["visual.positional_embedding"] = [12, 128]
        #expect(throws: LayerError.self) { try CLIPConfiguration(shapes: shapes) }
        shapes["visual.positional_embedding"] = []
        #expect(throws: LayerError.self) { try CLIPConfiguration(shapes: shapes) }
    }

    @Test("Sizes out of range are refused")
    func validation() throws {
        let changes: [(inout CLIPConfiguration) -> Void] = [
            { $0.embedDimension = 0 }, { $0.visionLayers = [1, 2] }, { $0.visionLayers = [0] },
            { $0.visionPatchSize = nil }, { $0.visionPatchSize = 7 }, { $0.transformerHeads = 3 },
            { $0.contextLength = 1_000_000 }, { $0.visionWidth = 200 },
        ]
        for change in changes {
            var configuration = Self.small[0]
            change(&configuration)
            #expect(throws: LayerError.self, "\(configuration)") { try configuration.validate() }
        }
        var configuration = Self.small[1]
        configuration.imageResolution = 33
        #expect(throws: LayerError.self) { try configuration.validate() }
        try CLIPConfiguration().validate()
    }
}
