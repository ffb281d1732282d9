import Layers
import Perception
import Testing
import Torch

@Suite("Landmark network")
struct LandmarkNetworkTests {
    private func network(width: Int, dtype: DType = .float32) throws -> (LandmarkNetwork, ParameterStore) {
        let store = ParameterStore(seed: 4, dtype: dtype)
        let network = try store.build { scope throws(LayerError) in try LandmarkNetwork(in: scope, width: width) }
        return (network, store)
    }

    @Test("Places lie in the picture, their spread is that of a map, and a batch changes nothing")
    func shapes() throws {
        let (network, _) = try network(width: 4)
        let pictures = try Tensor.randn([3, 3, 64, 64], seed: 2)
        let reading = try network(pictures)
        #expect(reading.places.shape == [3, 5, 2] && reading.spread.shape == [3, 5] && reading.presence.shape == [3])
        let places = try reading.places.floats()
        #expect(places.allSatisfy { (1 / 32...31 / 32).contains($0) })
        // Of a map over the whole picture at most: two independent axes of variance 1/4.
        #expect(try reading.spread.floats().allSatisfy { $0 >= 0 && $0 <= 0.5 })
        let alone = try network(pictures.narrow(0, start: 1, length: 1))
        #expect(try (alone.places - reading.places.narrow(0, start: 1, length: 1)).abs().amax().item() < 1e-5)
    }

    @Test("An even map means the middle, and its spread is that of even cells")
    func evenMap() throws {
        let (network, store) = try network(width: 2)
        for (name, tensor) in store.tensors where name.hasPrefix("heat.") {
            try withNoGradient { () throws(TorchError) in _ = try tensor.fill(0) }
        }
        let reading = try network(Tensor.randn([1, 3, 64, 64], seed: 3))
        #expect(try reading.places.floats().allSatisfy { abs($0 - 0.5) < 1e-6 })
        // The variance of 16 even cells is (1 - 1/256) / 12 along each axis.
        let spread = (1 - 1.0 / 256) / 6
        #expect(try reading.spread.floats().allSatisfy { abs(Double($0) - spread) < 1e-6 })
    }

    @Test("The gradient is the finite difference")
    func gradient() throws {
        let (network, _) = try network(width: 2, dtype: .float64)
        let pictures = try Tensor.randn([1, 3, 64, 64], seed: 5, dtype: .float64)
        let way = try Tensor.randn([1, 3, 64, 64], seed: 6, dtype: .float64) * 1e-5
        func value(_ pictures: Tensor) throws -> Tensor {
            let reading = try network(pictures)
            return try reading.places.sum() + reading.spread.sum() * 3 + reading.presence.sum()
        }
        let leaf = try pictures.detached().requiringGradient()
        try value(leaf).backward()
        let gradient = try #require(try leaf.gradient())
        let slope = try (gradient * way).sum().item()
        let difference = try (value(pictures + way).item() - value(pictures - way).item()) / 2
        #expect(abs(slope - difference) < 1e-4 * max(abs(slope), 1e-8) + 1e-10)
    }

    @Test("Widths out of range are refused", arguments: [0, -1, 257])
    func width(width: Int) {
        #expect(throws: LayerError.self) { try network(width: width) }
    }
}
