import Foundation
import Testing
import Torch

@Suite("Safetensors in memory")
struct SafeTensorsBytesTests {
    @Test("The bytes are those of the file, and come back")
    func roundTrip() throws {
        let tensors = [
            "b": try Tensor.randn([3, 2], seed: 1), "a": try Tensor([Int64(7), -1], shape: [2]),
            "empty": try Tensor([Float](), shape: [0, 4]), "yes": try Tensor([UInt8(1), 0], shape: [2]).notEqual(0),
        ]
        let bytes = try SafeTensors.encoded(tensors, metadata: ["step": "3"])
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SafeTensors.write(path, tensors, metadata: ["step": "3"])
        #expect(FileManager.default.contents(atPath: path).map(Array.init) == bytes)
        let read = try SafeTensors(decoding: bytes, named: "state")
        #expect(read.metadata == ["step": "3"] && read.tensors.count == 4)
        #expect(try read.tensors["b"]?.floats() == tensors["b"]?.floats())
        #expect(try read.tensors["a"]?.int64s() == [7, -1])
        #expect(try read.tensors["yes"]?.bools() == [true, false])
        #expect(read.tensors["empty"]?.shape == [0, 4])
    }

    @Test("Damaged bytes are refused with their name")
    func damage() throws {
        let bytes = try SafeTensors.encoded(["a": Tensor.randn([4], seed: 1)])
        for length in [0, 7, 8, 20, bytes.count - 1] {
            let error = #expect(throws: SafeTensorsError.self) {
                try SafeTensors(decoding: Array(bytes.prefix(length)), named: "state")
            }
            #expect(error?.path == "state")
        }
        #expect(throws: SafeTensorsError.self) { try SafeTensors(decoding: bytes + [0], named: "state") }
        var long = bytes
        long[7] = 0xFF
        #expect(throws: SafeTensorsError.self) { try SafeTensors(decoding: long, named: "state") }
    }
}
