import Foundation
import Testing
import Torch

@testable import Checkpoints

@Suite("Containers") struct ContainerTests {
    /// A state dictionary of one tensor [2, 3] of the numbers 0 to 5.
    private static let value = Pickles.dictionary([
        ("w", Pickles.tensor(Pickles.storage("FloatStorage", "0", 6), [2, 3], [3, 1]))
    ])
    private static let numbers = singles([0, 1, 2, 3, 4, 5])

    private func expectNumbers(_ checkpoint: Checkpoint, _ kind: Checkpoint.Kind) throws {
        #expect(checkpoint.kind == kind)
        let tensor = try #require(try checkpoint.tensors()["w"])
        #expect(try tensor.shape == [2, 3] && tensor.floats() == [0, 1, 2, 3, 4, 5])
    }

    @Test("The four kinds are told by content")
    func kinds() throws {
        try expectNumbers(opened(Files.saved(Self.value, [("0", Self.numbers)])), .zip)
        try expectNumbers(opened(Files.saved(Self.value, [("0", Self.numbers)], [], .large)), .zip)
        try expectNumbers(opened(Files.legacy(Self.value, [("0", 6, Self.numbers)])), .legacy)
        let script = Pickles.object(
            "__torch__", "Net", [("w", Pickles.tensor(Pickles.storage("FloatStorage", "0", 6), [2, 3], [3, 1]))])
        try expectNumbers(
            opened(Files.saved(script, [("0", Self.numbers)], [("code/net.py", []), ("constants.pkl", [])])),
            .torchScript)
        let header = #"{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}"#
        try expectNumbers(
            opened(Pickles.little(header.utf8.count, 8) + Array(header.utf8) + Self.numbers), .safeTensors)
    }

    @Test("Classes of TorchScript are none of a plain archive")
    func scriptClasses() throws {
        #expect(
            try refusal(Files.saved(Pickles.object("__torch__", "Net", []))) == .forbiddenGlobal("__torch__.Net"))
    }

    @Test(
        "Other files are named for what they are",
        arguments: [
            ([], "empty"), (Array("<!DOCTYPE html><html>".utf8), "HTML page"), (Array("\r\n <html>".utf8), "HTML page"),
            (Array("version https://git-lfs.github.com/spec/v1\noid sha256:00".utf8), "git lfs pull"),
            ([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0], "gzip"),
            ([UInt8](repeating: 0, count: 257) + Array("ustar".utf8), "tar"),
            ([0xFF, 0xFE, 1], "ff fe 01"), ([0x80, 2, 0x4E, 0x2E], "wrong magic number"),
            (Pickles.whole(Pickles.global("dnnlib.tflib.network", "Network")), "wrong magic number"),
            ([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 100), "cut off"), ([0x50, 0x4B, 3, 4], "cut off"),
            ([0x80, 2, 0x8A, 10, 0x6C], "cut off"),
            ([0x50, 0x4B, 5, 6] + [UInt8](repeating: 0, count: 18), "no data.pkl"),
        ] as [([UInt8], String)])
    func strangers(bytes: [UInt8], words: String) throws {
        let reason = try refusal(bytes)
        #expect(reason.text.contains(words), "\(reason.text)")
    }

    @Test("Folders and absent files are refused")
    func noFile() {
        let folder = FileManager.default.temporaryDirectory.path
        #expect(throws: CheckpointError(path: folder, reason: .notAFile)) { try Checkpoint(opening: folder) }
        #expect(throws: CheckpointError.self) { try Checkpoint(opening: "/nowhere/at/all.pt") }
    }

    @Test("Archives that are not as PyTorch writes them")
    func archives() throws {
        let storages = [("0", Self.numbers)]
        #expect(try refusal(Files.saved(Self.value, storages, [], .packed)) == .packedEntry("net/data.pkl"))
        #expect(try refusal(Files.saved(Self.value)) == .missingStorage("0"))
        #expect(
            try refusal(Files.saved(Self.value, [("0", Self.numbers + [0])]))
                == .storageSize(storage: "0", expected: 24, found: 25))
        #expect(try refusal(Files.saved(Self.value, storages, [("byteorder", Array("big".utf8))])) == .bigEndian)
        #expect(try refusal(Files.archive([("net/weights", [])])) == .noPickle)
        for (bytes, words) in [
            (Files.saved(Self.value, storages, [], .renamed), "another name"),
            (Files.archive([("a/data.pkl", []), ("b/data.pkl", [])]), "several data.pkl"),
            (Files.archive([("a/data.pkl", []), ("a/data.pkl", [])]), "twice"),
        ] {
            let reason = try refusal(bytes)
            #expect(reason.text.contains(words), "\(reason.text)")
        }
        // Without a folder, and with a byte order that is ours.
        let order = ("byteorder", Array("little".utf8))
        try expectNumbers(
            opened(Files.archive([("data.pkl", Pickles.whole(Self.value)), ("data/0", Self.numbers), order])), .zip)
    }

    @Test("A file that is cut off anywhere is refused")
    func cutOff() throws {
        for whole in [
            Files.saved(Self.value, [("0", Self.numbers)]), Files.saved(Self.value, [("0", Self.numbers)], [], .large),
            Files.legacy(Self.value, [("0", 6, Self.numbers)]),
        ] {
            for length in 0..<whole.count { _ = try refusal(Array(whole[..<length])) }
        }
    }

    @Test("Legacy files that are not as PyTorch writes them")
    func legacy() throws {
        let file = { Files.legacy(Self.value, $0) }
        #expect(try refusal(file([])) == .missingStorage("0"))
        #expect(
            try refusal(file([("0", 1 << 40, Self.numbers)]))
                == .storageCount(storage: "0", claimed: 1 << 40, expected: 6, left: 24))
        #expect(
            try refusal(file([("0", 6, Array(Self.numbers.dropLast()))]))
                == .storageCutOff(storage: "0", needed: 24, left: 23))
        #expect(throws: CheckpointError.self) { try opened(file([("1", 6, Self.numbers)])) }
        #expect(throws: CheckpointError.self) { try opened(file([("0", 6, Self.numbers), ("0", 6, Self.numbers)])) }
        // Old files have views of storages, which count from the view's start.
        let view = Pickles.tuple([Pickles.text("v"), Pickles.int(2), Pickles.int(3)])
        let storage = Pickles.storage("FloatStorage", "0", 6, view: view)
        let good = Pickles.list([Pickles.tensor(storage, [2], [1], offset: 1)])
        let checkpoint = try opened(Files.legacy(good, [("0", 6, Self.numbers)]))
        let record = try #require(checkpoint.value(at: "0")?.record)
        #expect(try checkpoint.read(record).floats() == [3, 4])
        let bad = Pickles.list([Pickles.tensor(storage, [3], [1], offset: 1)])
        #expect(
            try refusal(Files.legacy(bad, [("0", 6, Self.numbers)]))
                == .tensorOutsideStorage(shape: [3], storage: "0", elements: 3))
    }

    @Test("Every message is one line that names the file")
    func messages() throws {
        let hostile = Pickles.dictionary([
            (
                "w",
                Pickles.tensor(
                    Pickles.storage("FloatStorage", "../\n\u{1B}[31m" + String(repeating: "x", count: 500), 6), [6], [1]
                )
            )
        ])
        let error = try #require(throws: CheckpointError.self) { try opened(Files.saved(hostile)) }
        #expect(error.description.hasPrefix(error.path) && error.description.contains("\"../??[31mxxx"))
        #expect(
            error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } && error.description.utf8.count < 1_000)
    }
}
