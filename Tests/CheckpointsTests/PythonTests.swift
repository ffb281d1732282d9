import Foundation
import Testing
import Torch

@testable import Checkpoints

/// Files that PyTorch itself wrote, where the build folder has a Python with it.
@Suite(
    "Files of PyTorch",
    .enabled(if: PyTorchProgram.python != nil, "skipped: no .build/venv/bin/python that has PyTorch"))
struct PythonTests {
    private struct Expected: Decodable {
        struct Tensor: Decodable {
            var place: String
            var prefix: String
            var name: String
            var shape: [Int]
            var dtype: String
            var values: [Double]
        }
        var file: String
        var kind: String
        var tensors: [Tensor]
    }

    @Test("What PyTorch writes is read back equal")
    func files() throws {
        try PyTorchProgram.run { folder in
            let data = try Data(contentsOf: folder.appendingPathComponent("cases.json"))
            let cases = try JSONDecoder().decode([Expected].self, from: data)
            #expect(cases.count == 12)
            for expected in cases {
                let checkpoint = try Checkpoint(opening: folder.appendingPathComponent(expected.file).path)
                #expect(checkpoint.kind.rawValue == expected.kind, "\(expected.file)")
                for wanted in expected.tensors {
                    let found = try checkpoint.tensors(at: wanted.place, prefix: wanted.prefix)[wanted.name]
                    let tensor = try #require(found, "\(wanted.name) in \(expected.file)")
                    #expect(tensor.shape == wanted.shape && tensor.dtype.rawValue == wanted.dtype, "\(wanted.name)")
                    #expect(try tensor.doubles() == wanted.values, "\(wanted.name) in \(expected.file)")
                }
                if expected.file.hasSuffix("wrapped") { try checkOptions(checkpoint) }
                if expected.file.hasSuffix("odd") { try checkStrange(checkpoint) }
            }
            // A whole module names its class, which is code and not data.
            let path = folder.appendingPathComponent("whole").path
            let error = try #require(throws: CheckpointError.self) { try Checkpoint(opening: path) }
            #expect(error.reason == .forbiddenGlobal("__main__.Net"))
        }
    }

    private func checkOptions(_ checkpoint: Checkpoint) throws {
        let options = try #require(checkpoint.root["opts"])
        #expect(
            options["size"] == .integer(256) && options["rate"] == .double(1e-4) && options["name"] == .string("net"))
        #expect(options["flag"] == .bool(true) && options["nothing"] == .null)
        #expect(options["list"] == .list([.integer(1), .double(2.5), .string("x")]))
        #expect(options["device"] == .string("cuda:0") && options["shape"] == .list([.integer(1), .integer(2)]))
        #expect(options["dtype"] == .string("torch.float16") && options["negative"] == .integer(-(1 << 40)))
        #expect(options["large"] == .longInteger([0, 0, 0, 0, 0, 0, 0, 0, 64]))
        #expect(checkpoint.root["epoch"] == .integer(3) && checkpoint.value(at: "optim/state/0/exp_avg")?.record != nil)
    }

    private func checkStrange(_ checkpoint: Checkpoint) throws {
        let records = try #require(checkpoint.stateDictionaries().first { $0.place == "strange" }).tensors
        #expect(records.count == 5)
        for (name, record) in records {
            let error = try #require(throws: CheckpointError.self) { try checkpoint.read(record) }
            #expect(error.reason == .unsupportedType(tensor: name, type: record.typeName))
        }
    }
}
