import Foundation
import Layers
import Testing
import Torch

@Suite("Parameter store")
struct ParameterStoreTests {
    private func build(_ scope: ParameterScope) throws(LayerError) -> EqualizedDense {
        _ = try scope.buffer("steps", [], .zeros, dtype: .int64)
        return try EqualizedDense(in: scope.scope("dense"), inputs: 3, outputs: 2)
    }

    @Test("Creating is repeatable, keeps the order of requests and knows buffers")
    func creation() throws {
        let first = ParameterStore(seed: 1)
        let second = ParameterStore(seed: 1)
        let other = ParameterStore(seed: 2)
        for store in [first, second, other] { _ = try store.build(build) }
        #expect(first.entries.map(\.path) == ["steps", "dense.fc.weight", "dense.wscale.bias"])
        #expect(first.trainableTensors.count == 2)
        #expect(first.trainableTensors(under: ["dense.fc"]).count == 1)
        #expect(first.parameterCount == 8)
        #expect(first["dense.fc.weight"]?.requiresGradient == true)
        let numbers = try [first, second, other].map { try $0["dense.fc.weight"]?.floats() }
        #expect(numbers[0] == numbers[1])
        #expect(numbers[0] != numbers[2])
    }

    @Test("Loading names every missing, extra and misshapen tensor at once")
    func strictness() throws {
        let store = ParameterStore(loading: [
            "dense.fc.weight": try .ones([2, 4]), "dense.wscale.gain": try .ones([2]), "other": try .ones([]),
        ])
        let error = try #require(throws: LayerError.self) { try store.build(build) }
        guard case .mismatch(let report) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(report.missing == ["steps", "dense.wscale.bias"])
        #expect(report.extra == ["dense.wscale.gain", "other"])
        #expect(report.misshapen.map(\.path) == ["dense.fc.weight"])
        #expect(report.misshapen.first?.expected == [2, 3])
        #expect(report.misshapen.first?.found == [2, 4])
        #expect(report.description.contains("missing: dense.wscale.bias"))
    }

    @Test("A copy has other numbers under the same paths; the average follows")
    func average() throws {
        let store = ParameterStore(seed: 1)
        _ = try store.build(build)
        let copy = try store.copied()
        let layer = try copy.build(build)
        #expect(copy.trainableTensors.isEmpty)
        let before = try #require(copy["dense.fc.weight"]).floats()
        try #require(store["dense.fc.weight"]).fill(1)
        try #require(store["steps"]).fill(7)
        #expect(try copy["dense.fc.weight"]?.floats() == before)
        try copy.average(toward: store, weight: 0.25)
        let after = try #require(copy["dense.fc.weight"]).floats()
        for (old, new) in zip(before, after) { #expect(abs(new - (old + 0.25 * (1 - old))) < 1e-6) }
        #expect(try copy["steps"]?.int64s() == [7])
        // The layer over the copy sees the change: it holds the same tensor.
        let y = try layer(Tensor([1, 0, 0] as [Float], shape: [1, 3])).floats()
        #expect(abs(y[0] - after[0] / Float(3).squareRoot()) < 1e-6)
    }

    @Test("Files keep the numbers, in half precision where asked", arguments: [DType.float32, .float16])
    func files(storage: DType) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let store = ParameterStore(seed: 6)
        _ = try store.build(build)
        try store.save(to: path, storage: storage, metadata: ["made": "here"])
        #expect(try SafeTensors.inspect(path).tensors["dense.fc.weight"]?.dtype == storage)
        #expect(try SafeTensors.inspect(path).tensors["steps"]?.dtype == .int64)
        let read = try ParameterStore.reading(path)
        _ = try read.build(build)
        let error = try difference(#require(read["dense.fc.weight"]), #require(store["dense.fc.weight"]))
        #expect(error <= (storage == .float32 ? 0 : 2e-3))
        #expect(read["dense.fc.weight"]?.dtype == .float32)
        #expect(read["dense.fc.weight"]?.requiresGradient == false)
    }

    @Test("Restoring writes in place and refuses other tensors")
    func restoring() throws {
        let store = ParameterStore(seed: 1)
        let layer = try store.build(build)
        var tensors = try store.copied().tensors
        tensors["dense.fc.weight"] = try .zeros([2, 3])
        tensors["dense.wscale.bias"] = try .full([2], 3)
        try store.restore(tensors)
        #expect(try layer(.ones([1, 3])).floats() == [3, 3])
        tensors["more"] = try .ones([1])
        #expect(throws: LayerError.self) { try store.restore(tensors) }
    }

    @Test("Double precision copies compute in double precision")
    func doublePrecision() throws {
        let store = ParameterStore(seed: 1)
        _ = try store.build(build)
        let wide = try store.copied(dtype: .float64)
        let layer = try wide.build(build)
        #expect(try layer(.ones([1, 3], dtype: .float64)).dtype == .float64)
        #expect(wide["steps"]?.dtype == .int64)
    }
}
