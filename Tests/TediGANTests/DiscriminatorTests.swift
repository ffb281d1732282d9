import Foundation
import Layers
import TediGAN
import Testing
import Torch

@Suite("Discriminators and their game")
struct DiscriminatorTests {
    private static let small = StyleGAN2Configuration(
        resolution: 16, styleDimension: 16, mappingLayers: 2, channelMultiplier: 1, channelsMax: 8)

    @Test("The published discriminator has the published names")
    func names() throws {
        let store = ParameterStore(seed: 1)
        _ = try store.build { scope throws(LayerError) in
            try StyleGAN2Discriminator(StyleGAN2Configuration(resolution: 16), in: scope)
        }
        let shapes = Dictionary(uniqueKeysWithValues: store.entries.map { ($0.path, $0.tensor.shape) })
        #expect(shapes["convs.0.0.weight"] == [512, 3, 1, 1])
        #expect(shapes["convs.0.1.bias"] == [512])
        #expect(shapes["convs.1.conv1.0.weight"] == [512, 512, 3, 3])
        #expect(shapes["convs.1.conv2.0.kernel"] == [4, 4])
        #expect(shapes["convs.2.conv2.1.weight"] == [512, 512, 3, 3])
        #expect(shapes["convs.2.skip.1.weight"] == [512, 512, 1, 1])
        #expect(shapes["final_conv.0.weight"] == [512, 513, 3, 3])
        #expect(shapes["final_linear.0.weight"] == [512, 8192])
        #expect(shapes["final_linear.1.bias"] == [1])
        // Three per block for weights, two biases, two kernels; two each for stem, last convolution and dense layers.
        #expect(shapes.count == 2 * 7 + 2 + 2 + 4)
    }

    @Test("Scores are one number per image, and images are alone but for the deviation of their group")
    func scores() throws {
        let first = try ParameterStore(seed: 1).build { scope throws(LayerError) in
            try StyleGAN2Discriminator(Self.small, in: scope)
        }
        let second = try ParameterStore(seed: 2).build { scope throws(LayerError) in
            try Discriminator(SmallModel.configuration, in: scope)
        }
        let images = try Tensor.randn([8, 3, 16, 16], seed: 3)
        for discriminator in [{ try first($0) }, { try second($0) }] as [(Tensor) throws -> Tensor] {
            let scores = try discriminator(images)
            #expect(scores.shape == [8])
            // Group i holds the images i and i + 2, i + 4, i + 6.
            let group = try Tensor.stack([0, 2, 4, 6].map { try images.select(0, index: $0) })
            let alone = try discriminator(group)
            for (place, index) in [0, 2, 4, 6].enumerated() {
                let gap = try (alone.select(0, index: place) - scores.select(0, index: index)).abs().item()
                #expect(gap < 1e-4)
            }
        }
    }

    @Test("The deviation map is that of the definition")
    func deviation() throws {
        let x = try Tensor.randn([6, 4, 2, 3], seed: 1, dtype: .float64)
        let found = try x.withMinibatchDeviation(group: 3, features: 2)
        #expect(found.shape == [6, 6, 2, 3])
        let values = try x.doubles()
        func value(_ n: Int, _ c: Int, _ place: Int) -> Double { values[(n * 4 + c) * 6 + place] }
        for image in 0..<6 {
            for feature in 0..<2 {
                let members = (0..<3).map { $0 * 2 + image % 2 }
                var sum = 0.0
                for channel in [2 * feature, 2 * feature + 1] {
                    for place in 0..<6 {
                        let list = members.map { value($0, channel, place) }
                        let mean = list.reduce(0, +) / 3
                        let variance = list.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 3
                        sum += (variance + 1e-8).squareRoot()
                    }
                }
                let map = try found.select(0, index: image).select(0, index: 4 + feature)
                #expect(try abs(map.amax().item() - sum / 12) < 1e-12)
                #expect(try map.amax().item() == map.amin().item())
            }
        }
        #expect(throws: TorchError.self) { try x.withMinibatchDeviation(group: 4) }
    }

    @Test("R1 of a linear discriminator is γ/2 times the squared length of its weights")
    func penalty() throws {
        let weights = try Tensor.randn([1, 3, 4, 4], seed: 1, dtype: .float64).requiringGradient()
        let images = try Tensor.randn([5, 3, 4, 4], seed: 2, dtype: .float64)
        let penalty = try AdversarialLoss.r1(images, gamma: 10) { x throws(TorchError) in
            try (x * weights).sum([1, 2, 3])
        }
        let square = try weights.square().sum().item()
        #expect(try abs(penalty.item() - 5 * square) < 1e-9)
        // It trains the discriminator: its gradient by the weights is γ w.
        let gradient = try #require(try penalty.gradients(withRespectTo: [weights])[0])
        #expect(try (gradient - weights * 10).abs().amax().item() < 1e-9)
    }

    @Test("The losses are those of the logistic game")
    func losses() throws {
        let real = try Tensor([2, -1] as [Double], shape: [2])
        let fake = try Tensor([0, 3] as [Double], shape: [2])
        func softplus(_ x: Double) -> Double { log(1 + exp(x)) }
        let expected = (softplus(0) + softplus(3)) / 2 + (softplus(-2) + softplus(1)) / 2
        #expect(try abs(AdversarialLoss.discriminator(real: real, fake: fake).item() - expected) < 1e-12)
        #expect(try abs(AdversarialLoss.generator(fake).item() - (softplus(0) + softplus(-3)) / 2) < 1e-12)
    }
}
