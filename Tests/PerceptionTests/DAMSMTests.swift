import Perception
import Testing
import Torch

@Suite("DAMSM losses")
struct DAMSMTests {
    @Test("A batch whose captions match their images has the smaller loss")
    func matching() throws {
        let images = try Tensor.randn([4, 8], seed: 1)
        let loss = DAMSMLoss()
        let right = try loss.sentence(images, images)
        let wrong = try loss.sentence(images, images.rolled(0, by: 1))
        #expect(try right.imageToText.item() < wrong.imageToText.item())
        // Both directions see the same scores, mirrored.
        #expect(try abs(right.imageToText.item() - right.textToImage.item()) < 1e-5)
    }

    @Test("Samples of one class are no wrong answers to each other")
    func classes() throws {
        let images = try Tensor([1, 0, 1, 0, 0, 1] as [Float], shape: [3, 2])
        let open = try DAMSMLoss().sentence(images, images)
        let masked = try DAMSMLoss().sentence(images, images, classes: [7, 7, 8])
        // Without the mask the first two, being equal, share their probability: ln 2 more for two of three.
        #expect(try masked.imageToText.item() < open.imageToText.item() - 0.4)
    }

    @Test("A word's weights sum up to 1")
    func attention() throws {
        let words = try Tensor.randn([1, 8, 5], seed: 2)
        let regions = try Tensor.randn([1, 8, 3, 3], seed: 3)
        let (context, weights) = try DAMSMLoss().attend(words, regions)
        #expect(context.shape == [1, 8, 5] && weights.shape == [1, 5, 3, 3])
        #expect(try (weights.sum([2, 3]) - 1).abs().amax().item() < 1e-5)
    }
}
