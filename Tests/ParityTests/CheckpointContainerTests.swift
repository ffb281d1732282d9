import Checkpoints
import Foundation
import Layers
import TediGAN
import Testing
import Torch

/// Files as PyTorch writes them, odd ones and hostile ones, by the manifests of the golden data.
@Suite(
    "Checkpoint containers",
    .enabled(
        if: GoldenFolder.exists || GoldenFolder.isRequired,
        "checkpoint containers are skipped: no fixtures; TEDI_PARITY_FIXTURES names their folder"))
struct CheckpointContainerTests {
    @Test("There are files of each kind, and each has its size")
    func coverage() throws {
        guard !ContainerFile.all.isEmpty else { return print("parity: this folder has no checkpoint containers") }
        #expect(!ContainerFile.all.filter(\.isGood).isEmpty && !ContainerFile.all.filter(\.isBad).isEmpty)
        for file in ContainerFile.all {
            #expect(file.isGood || file.isBad || file.isUnfit || file.mayFail, "\(file): \(file.expect)")
            #expect(try Data(contentsOf: file.url).count == file.bytes, "\(file)")
        }
    }

    @Test("Good files hold just the tensors of the rule, bit for bit", arguments: ContainerFile.all.filter(\.isGood))
    func good(file: ContainerFile) throws {
        let checkpoint = try Checkpoint(opening: file.path)
        let manifest = try GoldenFolder.manifest(file.fixture)
        #expect(file.groups != nil || file.contents != nil)
        for (place, group) in file.groups ?? [:] { try compare(checkpoint, place, group, manifest) }
        for (name, description) in file.contents ?? [:] {
            let record = try #require(checkpoint.value(at: name)?.record, "\(name) in \(file)")
            let wanted = try ContainerContents(manifest).tensor(name, description)
            try expectEqual(checkpoint.read(record), wanted, "\(name) in \(file)")
        }
        if let options = file.opts {
            let found = try #require(checkpoint.value(at: "opts"))
            #expect(found.entries?.count == options.count)
            for (name, value) in options {
                #expect(try equals(#require(found[name], "\(name)"), value), "\(name) in \(file)")
            }
        }
    }

    @Test("Damaged and hostile files are refused for the stated reason", arguments: ContainerFile.all.filter(\.isBad))
    func bad(file: ContainerFile) throws {
        let error = try #require(throws: CheckpointError.self, "\(file): \(file.expect)") { try file.readAll() }
        print("parity: \(error.description.replacingOccurrences(of: file.path, with: file.description))")
        #expect(!error.description.contains("\n") && error.description.utf8.count < 2_000)
        for words in file.reasons {
            #expect(
                words.contains { error.description.lowercased().contains($0.lowercased()) },
                "\(error) must name one of \(words)")
        }
    }

    @Test("Files with other tensors fail strictly in the network", arguments: ContainerFile.all.filter(\.isUnfit))
    func unfit(file: ContainerFile) throws {
        let details = try #require(file.details)
        let manifest = try GoldenFolder.manifest(file.fixture)
        let tensors = try Checkpoint(opening: file.path).tensors()
        let settings = try #require(manifest.settings(under: "generator"))
        let entries = (manifest.tensors ?? []).filter { $0.module == "G" }
        let configuration = try GeneratorConfiguration(settings, tensors: entries)
        let error = try #require(throws: LayerError.self) {
            try ParameterStore(loading: tensors, trains: false).build { scope throws(LayerError) in
                try Generator(configuration, in: scope)
            }
        }
        guard case .mismatch(let report) = error else { throw error }
        #expect(report.missing.sorted() == (details.missing ?? []).sorted())
        #expect(report.extra == (details.unexpected ?? []).sorted())
        #expect(Set(report.misshapen.map(\.path)) == Set((details.wrongShape ?? [:]).keys))
        for wrong in report.misshapen {
            #expect(details.wrongShape?[wrong.path]?.expected == wrong.expected)
            #expect(details.wrongShape?[wrong.path]?.found == wrong.found)
        }
    }

    @Test("Names of entries are never paths", arguments: ContainerFile.all.filter(\.mayFail))
    func escape(file: ContainerFile) throws {
        let folders = (0..<3).map { (0..<$0).reduce(file.url) { url, _ in url.deletingLastPathComponent() } }
        func listing() -> [[String]?] {
            ([FileManager.default.currentDirectoryPath, "/"] + folders.dropFirst().map(\.path)).map {
                try? FileManager.default.contentsOfDirectory(atPath: $0).filter { $0.contains("escape") }.sorted()
            }
        }
        let before = listing()
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(opening: file.path)
            let tensor = try checkpoint.tensors()["a"]
            let manifest = try? GoldenFolder.manifest(file.fixture)
            if let manifest, let tensor {
                try? expectEqual(tensor, ContainerContents(manifest).base(), "\(file)")
            } else {
                Issue.record("\(file) has no tensor a")
            }
        } catch {
            #expect(!error.description.isEmpty)
        }
        #expect(listing() == before)
    }

    @Test("Hostile files cost no memory")
    func memory() async {
        // In a process of its own: this one computes networks at the same time.
        await #expect(processExitsWith: .success) {
            // What LibTorch takes once, for whatever it is first asked, is not the files' doing.
            _ = try Tensor([Float](repeating: 0, count: 4), shape: [4]).notEqual(0)
            let before = try ContainerFile.peak()
            for file in ContainerFile.all where file.isBad || file.mayFail { try? file.readAll() }
            let growth = try ContainerFile.peak() - before
            try #require(growth < 64 << 20, "\(growth) bytes")
        }
    }

    private func compare(
        _ checkpoint: Checkpoint, _ place: String, _ group: String, _ manifest: GoldenManifest
    ) throws {
        let words = group.split(separator: " ")
        let tensors = manifest.tensors ?? []
        if let entry = tensors.first(where: { $0.module == nil && $0.name == words.first.map(String.init) }) {
            let record = try #require(checkpoint.value(at: place)?.record, "\(place)")
            var wanted = try manifest.tensor(entry)
            if words.count == 4, words[1] == "repeated", let times = Int(words[2]) {
                wanted = try wanted.unsqueezed(0).repeated([times, 1])
            }
            return try expectEqual(checkpoint.read(record), wanted, place)
        }
        let parts = place.split(separator: "/").map(String.init)
        let prefix = place.hasSuffix(".") ? parts.last ?? "" : ""
        let path = (prefix.isEmpty ? parts : parts.dropLast()).joined(separator: "/")
        let found = try checkpoint.tensors(at: path == "root" ? "" : path, prefix: prefix)
        let wanted = try manifest.weights(of: group)
        #expect(!wanted.isEmpty)
        #expect(Set(found.keys) == Set(wanted.keys), "\(place)")
        for (name, tensor) in wanted {
            try expectEqual(try #require(found[name], "\(name)"), tensor, "\(place) \(name)")
        }
    }

    private func equals(_ found: CheckpointValue, _ wanted: JSONValue) -> Bool {
        switch wanted {
        case .null: found == .null
        case .bool(let value): found.truth == value
        case .integer(let value): found.number == Double(value)
        case .number(let value): found.number == value
        case .string(let value): found.text == value
        case .array(let values):
            found.items?.count == values.count && zip(found.items ?? [], values).allSatisfy { equals($0, $1) }
        case .object(let values):
            found.entries?.count == values.count
                && values.allSatisfy { name, value in found[name].map { equals($0, value) } ?? false }
        }
    }

    private func expectEqual(_ found: Tensor, _ wanted: Tensor, _ name: String) throws {
        #expect(found.shape == wanted.shape && found.dtype == wanted.dtype, "\(name)")
        #expect(try found.contiguous().rawBytes() == wanted.contiguous().rawBytes(), "\(name)")
    }
}

extension GoldenManifest {
    /// The settings of one of several networks.
    fileprivate func settings(under key: String) -> GoldenSettings? {
        var all = settings
        return all.nested(key)
    }
}
