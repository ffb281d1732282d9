import TediGAN
import Testing
import Torch

@Suite("Visual-linguistic similarity")
struct VisualLinguisticSimilarityTests {
    @Test("The alignment is the mean squared distance, layer by layer")
    func alignment() throws {
        let texts = try Tensor([1, 2, 3, 4] as [Float], shape: [1, 2, 2])
        let pictures = try Tensor([0, 0, 0, 0] as [Float], shape: [1, 2, 2])
        #expect(try VisualLinguisticSimilarity()(texts, pictures).item() == 7.5)
        let weighted = try VisualLinguisticSimilarity(layerWeights: Tensor([2, 0] as [Float], shape: [1, 2, 1]))
        #expect(try weighted(texts, pictures).item() == 2.5)
        #expect(try weighted.alignment(texts, pictures).shape == [1])
    }

    @Test("Each pair may have layer weights of its own, and one row stands for all layers")
    func weights() throws {
        let texts = try Tensor.randn([2, 3, 4], seed: 5)
        let pictures = try Tensor.randn([2, 1, 4], seed: 6)
        let weights = try Tensor([1, 0, 0, 0, 0, 3] as [Float], shape: [2, 3, 1])
        let found = try VisualLinguisticSimilarity.distance(texts, pictures, layerWeights: weights).floats()
        for (row, layer, weight) in [(0, 0, 1.0), (1, 2, 3.0)] {
            let difference = try texts.select(0, index: row).select(0, index: layer) - pictures.select(0, index: row)
            let expected = try difference.square().sum().item() * weight / 12
            #expect(abs(Double(found[row]) - expected) < 1e-5)
        }
    }

    @Test("What is named counts alone, along its directions")
    func named() throws {
        let texts = try Tensor([3, 5, 9, 0, 7, 2] as [Float], shape: [2, 1, 3])
        let directions = try Tensor([1, 0, 0, 0, 1, 0] as [Float], shape: [2, 3])
        let mask = try Tensor([1, 0, 1, 1] as [Float], shape: [2, 2])
        let found = try VisualLinguisticSimilarity.named(
            texts, texts.zerosLike(), directions: directions, mask: mask)
        // 3² of the first; 0² and 7² of the second; nothing along the third axis.
        #expect(try abs(found.item() - (9 + 0 + 49) / 3) < 1e-5)
    }

    @Test("The ranking is small where each text is nearest to its own picture")
    func ranking() throws {
        let codes = try Tensor.randn([6, 3, 8], seed: 1) + 5
        let mean = try Tensor.full([8], 5)
        let loss = try VisualLinguisticSimilarity(ranking: 1)
        let right = try loss.ranked(codes, codes, mean: mean).item()
        let wrong = try loss.ranked(codes, codes.rolled(0, by: 1), mean: mean).item()
        #expect(right < 0.1 && wrong > 3)
        // Without the mean all codes point the same way, and nothing stands out.
        #expect(try loss.ranked(codes, codes).item() > 1)
        let whole = try loss(codes, codes, mean: mean).item()
        #expect(abs(whole - right) < 1e-6)
    }

    @Test("Its gradient is that of finite differences")
    func gradient() throws {
        let pictures = try Tensor.randn([3, 2, 4], seed: 2, dtype: .float64)
        let loss = try VisualLinguisticSimilarity(ranking: 0.5)
        let texts = try Tensor.randn([3, 2, 4], seed: 3, dtype: .float64)
        let leaf = try texts.clone().requiringGradient()
        let found = try #require(try loss(leaf, pictures).gradients(withRespectTo: [leaf])[0]).doubles()
        let values = try texts.doubles()
        for place in values.indices {
            let sides = try [1e-5, -1e-5].map { step in
                var moved = values
                moved[place] += step
                return try loss(Tensor(moved, shape: [3, 2, 4]), pictures).item()
            }
            #expect(abs((sides[0] - sides[1]) / 2e-5 - found[place]) < 1e-7)
        }
    }

    @Test("A negative weight is refused")
    func refusal() {
        #expect(throws: TediGANError.self) { try VisualLinguisticSimilarity(ranking: -1) }
        #expect(throws: TediGANError.self) { try VisualLinguisticSimilarity(ranking: 1, sharpness: 0) }
    }
}
