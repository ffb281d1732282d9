import Foundation
import Fuzzing
import Testing
import Torch

@testable import Checkpoints

@Suite("Damaged checkpoints") struct FuzzTests {
    private static let samples: [[UInt8]] = {
        let first = Pickles.tensor(Pickles.storage("FloatStorage", "0", 12), [3, 4], [4, 1])
        let second = Pickles.tensor(Pickles.storage("HalfStorage", "1", 4), [2, 2], [1, 2])
        let plain: [(String, [UInt8])] = [
            ("epoch", Pickles.int(7)), ("rate", [0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0]),
            ("names", Pickles.list([Pickles.text("a")])),
            ("opts", Pickles.object("argparse", "Namespace", [("device", Pickles.text("cuda:0"))])),
        ]
        let value = Pickles.dictionary([("state_dict", Pickles.dictionary([("w", first), ("h", second)]))] + plain)
        let script = Pickles.object("__torch__.net", "Net", [("w", first), ("h", second), ("training", [0x88])])
        let storages: [(key: String, bytes: [UInt8])] = [
            ("0", singles((0..<12).map(Float.init))), ("1", [UInt8](repeating: 1, count: 8)),
        ]
        let counted = storages.map { ($0.key, $0.key == "0" ? 12 : 4, $0.bytes) }
        let header = #"{"w":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]}}"#
        return [
            Files.legacy(value, counted), Files.saved(value, storages), Files.saved(value, storages, [], .large),
            Files.saved(script, storages, [("code/net.py", []), ("constants.pkl", [])]),
            Pickles.little(header.utf8.count, 8) + Array(header.utf8) + storages[0].bytes,
        ]
    }()

    /// Opens a file and reads all of it.
    private static func readAll(_ bytes: [UInt8]) throws {
        let checkpoint = try opened(bytes)
        for dictionary in checkpoint.stateDictionaries() {
            for record in dictionary.tensors.values
            where record.shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) < 1 << 20 {
                _ = try? checkpoint.read(record)
            }
            _ = try? checkpoint.tensors(at: dictionary.place)
        }
    }

    @Test("The undamaged files are read")
    func samples() throws {
        for sample in Self.samples { try Self.readAll(sample) }
    }

    @Test("Damaged files are read or refused in one line, whatever the damage")
    func files() {
        for var run in Fuzz(cases: 2_500) {
            let sample = Self.samples[Int.random(in: Self.samples.indices, using: &run.generator)]
            let bytes = Self.damaged(sample, &run.generator)
            do {
                try Self.readAll(bytes)
            } catch let error as CheckpointError {
                let text = error.description
                #expect(text.utf8.count < 2_500 && !text.contains("\n"), "\(run)")
            } catch {
                Issue.record("\(error); \(run)")
            }
        }
    }

    @Test("Opcodes without any sense are refused or give a value")
    func opcodes() {
        let all = (UInt8.min...UInt8.max).filter { PickleOpcode(rawValue: $0) != nil }
        let globals = [
            Pickles.global("collections", "OrderedDict"), Pickles.global("argparse", "Namespace"),
            Pickles.global("torch._utils", "_rebuild_tensor_v2"), Pickles.global("torch", "FloatStorage"),
            Pickles.global("torch", "Size"), Pickles.global("numpy", "dtype"), Pickles.text("storage"), Pickles.int(1),
            Pickles.storage("FloatStorage", "0", 9), Pickles.list([Pickles.int(3)]), Pickles.tuple([]), [0x7D],
            [0x71, 1], [0x68, 1],
        ]
        var limits = PickleLimits()
        limits.values = 10_000
        var accepted = 0
        for var run in Fuzz(cases: 20_000) {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...30, using: &run.generator) {
                if Bool.random(using: &run.generator) {
                    bytes += globals[Int.random(in: globals.indices, using: &run.generator)]
                } else {
                    bytes.append(all[Int.random(in: all.indices, using: &run.generator)])
                }
            }
            if (try? unpickled(bytes, limits: limits, isScript: true)) != nil { accepted += 1 }
        }
        #expect(accepted > 0 || Fuzz.isReplay)
    }

    /// Mostly small damage, as larger mostly breaks the frame and hides what lies behind.
    private static func damaged(_ sample: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        guard Int.random(in: 0..<4, using: &generator) > 0 else { return Mutation.damaged(sample, using: &generator) }
        var bytes = sample
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let place = Int.random(in: bytes.indices, using: &generator)
            bytes[place] =
                [0, 1, 0x7F, 0x80, 0xFF, bytes[place] ^ 1, UInt8.random(in: 0...255, using: &generator)]
                .randomElement(using: &generator) ?? 0
        }
        return bytes
    }
}
