import Perception
import Testing
import Torch

@Suite("CLIP image preparation")
struct CLIPImagePreparationTests {
    @Test(
        "The published mode is nearest repetition and averaging",
        arguments: [(32, 28, 32), (16, 7, 8), (12, 1, 4), (8, 3, 2), (5, 1, 1)])
    func box(size: Int, repeats: Int, pool: Int) throws {
        let images = try Tensor.randn([2, 3, size, size], seed: 3, dtype: .float64)
        let prepare = try CLIPImagePreparation(.published, from: size, to: size * repeats / pool, dtype: .float64)
        let expected = try images.upsampleNearest(repeats).averagePool2d(pool)
        #expect(try difference(prepare(images), expected) < 1e-12)
    }

    @Test("A constant image stays constant in the published mode, from and to any size", arguments: [1, 3, 7, 300])
    func constant(size: Int) throws {
        let images = try Tensor.full([1, 3, size, size], 0.25, dtype: .float64)
        for target in [1, 5, 224] {
            let made = try CLIPImagePreparation(.published, from: size, to: target, dtype: .float64)(images)
            #expect(made.shape == [1, 3, target, target])
            #expect(try (made - 0.25).abs().amax().item() < 1e-12)
        }
    }

    @Test("The normalised mode takes CLIP's mean and deviation off 0...1")
    func normalized() throws {
        let black = try Tensor.full([1, 3, 20, 20], -1, dtype: .float64)
        for target in [10, 20] {
            let made = try CLIPImagePreparation(.normalized, from: 20, to: target, dtype: .float64)(black)
            let values = try made.mean([0, 2, 3]).doubles()
            for (value, expected) in zip(values, [-0.48145466 / 0.26862954, -0.4578275 / 0.26130258]) {
                #expect(abs(value - expected) < 1e-9)
            }
            #expect(made.shape == [1, 3, target, target])
        }
    }

    @Test("Images of another size, and sizes out of range, are refused")
    func refusals() throws {
        let prepare = try CLIPImagePreparation(.published, from: 8, to: 4)
        #expect(throws: TorchError.self) { try prepare(Tensor.zeros([1, 3, 8, 9])) }
        #expect(throws: TorchError.self) { try CLIPImagePreparation(.published, from: 0, to: 4) }
        #expect(throws: TorchError.self) { try CLIPImagePreparation(.normalized, from: 8, to: 100_000) }
    }
}
