import Layers
import Perception
import Testing
import Torch

@Suite("Inception")
struct InceptionTests {
    @Test("An image of any size becomes 2048 features, through the published shapes")
    func shapes() throws {
        let store = ParameterStore(seed: 2)
        let network = try store.build { scope throws(LayerError) in try InceptionV3(in: scope) }
        let images = try Tensor.rand([2, 3, 40, 60], seed: 1)
        let blocks = try withNoGradient { () throws(TorchError) in try network.blocks(images) }
        let shapes = blocks.map(\.shape)
        #expect(shapes == [[2, 64, 73, 73], [2, 192, 35, 35], [2, 768, 17, 17], [2, 2048, 1, 1]])
        #expect(try withNoGradient { () throws(TorchError) in try network.blocks(images, count: 1) }.count == 1)
        #expect(store["fc.weight"]?.shape == [1008, 2048])
        #expect(store["Mixed_6c.branch7x7dbl_5.conv.weight"]?.shape == [192, 160, 1, 7])
        // 94 convolutions of six tensors, and the classes.
        #expect(store.entries.count == 94 * 6 + 2)
    }
}
