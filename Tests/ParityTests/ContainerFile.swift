import Checkpoints
import Foundation
import TediGAN
import Testing
import Torch

/// One file of a manifest of checkpoint containers.
struct ContainerFile: Decodable, Sendable, CustomStringConvertible {
    struct Shapes: Decodable, Sendable {
        var expected: [Int]
        var found: [Int]
    }

    struct Details: Decodable, Sendable {
        var wrongShape: [String: Shapes]?
        var missing: [String]?
        var unexpected: [String]?

        enum CodingKeys: String, CodingKey {
            case wrongShape = "wrong_shape"
            case missing, unexpected
        }
    }

    private struct Manifest: Decodable {
        var module: String
        var files: [ContainerFile]?
    }

    enum CodingKeys: String, CodingKey {
        case file, bytes, expect, groups, contents, opts, details
    }

    var file: String
    var bytes: Int
    var expect: String
    var groups: [String: String]?
    var contents: [String: String]?
    var opts: [String: JSONValue]?
    var details: Details?
    var fixture = ""

    var description: String { file }
    var url: URL { GoldenFolder.url.appendingPathComponent(file) }
    var path: String { url.path }
    var isGood: Bool { expect.hasPrefix("ok") }
    var isBad: Bool { expect.hasPrefix("error") }
    var isUnfit: Bool { expect.hasPrefix("container ok") }
    var mayFail: Bool { expect.hasPrefix("either") }

    /// The files of all manifests of this kind.
    static let all: [ContainerFile] = GoldenFolder.fixtures.flatMap { fixture -> [ContainerFile] in
        let url = GoldenFolder.url.appendingPathComponent(fixture + ".json")
        guard let data = try? Data(contentsOf: url),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data),
            manifest.module.hasPrefix("checkpoint containers")
        else { return [] }
        return (manifest.files ?? []).map { file in
            var file = file
            file.fixture = fixture
            return file
        }
    }

    /// Reads every tensor of the file.
    func readAll() throws(CheckpointError) {
        let checkpoint = try Checkpoint(opening: path)
        for dictionary in checkpoint.stateDictionaries() {
            for record in dictionary.tensors.values { _ = try checkpoint.read(record) }
        }
    }

    /// What the message must name, as the manifest states it: one word of each list.
    var reasons: [[String]] {
        let text = expect.split(separator: ";").first.map(String.init) ?? expect
        var reasons: [[String]] = []
        func whole(_ number: Substring) -> String {
            let parts = number.split(separator: "^").compactMap { Int($0) }
            return parts.count == 2 ? String((0..<parts[1]).reduce(1) { value, _ in value * parts[0] }) : String(number)
        }
        if let found = text.firstMatch(of: /GLOBAL (\S+) is not/) { reasons.append([String(found.1)]) }
        if let found = text.firstMatch(of: /storage "([^"]+)" is not/) { reasons.append([String(found.1)]) }
        if let found = text.firstMatch(of: /entry (\S+) claims ([0-9^]+) bytes/) {
            reasons += [[String(found.1)], [whole(found.2)]]
        }
        if let found = text.firstMatch(of: /shape \[([^\]]+)\] does not fit into a storage of ([0-9]+) elements/) {
            reasons += found.1.split(separator: ", ").map { [whole($0)] } + [[String(found.2)]]
        }
        if let found = text.firstMatch(of: /storage claims ([0-9^]+) elements/) { reasons.append([whole(found.1)]) }
        if let found = text.firstMatch(of: /pickle says ([0-9]+)/) { reasons.append(["says \(found.1)"]) }
        if let found = text.firstMatch(of: /header length ([0-9^]+) exceeds/) { reasons.append([whole(found.1)]) }
        if let found = text.firstMatch(of: /tensor (\S+) lies outside/) {
            reasons += [["tensor \(found.1)"], ["outside"]]
        }
        for (word, answers) in Self.answers where text.contains(word) { reasons.append(answers) }
        return reasons
    }

    private static let answers: [(word: String, answers: [String])] = [
        ("magic", ["magic number"]), ("HTML", ["HTML"]), ("truncated", ["cut off", "ends early"]),
        ("ends early", ["ends early"]), ("compressed", ["compressed", "bytes"]), ("data.pkl", ["no data.pkl"]),
        ("underflow", ["underflow", "malformed"]), ("offsets give", ["shape"]),
    ]

    /// The most memory that this process ever took, in bytes.
    static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return try #require(line?.split(separator: " ").compactMap { Int($0) }.first) << 10
    }
}

/// The tensors that a manifest describes in words, all made of one called `tricky.base`.
struct ContainerContents {
    private let manifest: GoldenManifest

    init(_ manifest: GoldenManifest) {
        self.manifest = manifest
    }

    func base() throws -> Tensor {
        let entry = manifest.tensors?.first { $0.module == nil && $0.name.hasSuffix("base") }
        return try manifest.tensor(#require(entry, "no base tensor"))
    }

    func tensor(_ name: String, _ description: String) throws -> Tensor {
        if let found = description.firstMatch(of: /^([0-9]+)\.\.([0-9]+)/) {
            let range = try Int64(#require(Int64(found.1)))...Int64(#require(Int64(found.2)))
            let types: [String: DType] = ["i64": .int64, "i32": .int32, "u8": .uint8]
            return try Tensor(Array(range), shape: [range.count], dtype: #require(types[name], "\(name)"))
        }
        if description.hasSuffix("(bool)") {
            let list = description.split(separator: " ")[0].split(separator: ",").map { UInt8($0 == "true" ? 1 : 0) }
            return try Tensor(list, shape: [list.count]).to(dtype: .bool)
        }
        if let found = description.firstMatch(of: /^shape \[([0-9, ]+)\]$/) {
            return try Tensor.zeros(numbers(found.1))
        }
        var tensor = try base()
        if let found = description.firstMatch(of: /base\[([^\]]+)\]/) { tensor = try sliced(tensor, found.1) }
        if description.hasPrefix("base transposed") { tensor = try tensor.transposed() }
        if let found = description.firstMatch(of: /base as (\w+)/) {
            let dtype = try #require(DType(rawValue: String(found.1)))
            tensor = try tensor.to(dtype: dtype)
        }
        if let found = description.firstMatch(of: /broadcast to \[([0-9, ]+)\]/) {
            tensor = try tensor.expanded(numbers(found.1))
        }
        return tensor
    }

    private func numbers(_ list: Substring) -> [Int] { list.split { ", ".contains($0) }.compactMap { Int($0) } }

    /// Python's indexing: a number, `a:b`, `:` or `::step` for each axis.
    private func sliced(_ tensor: Tensor, _ indices: Substring) throws -> Tensor {
        var tensor = tensor
        var axis = 0
        for index in indices.split(separator: ",").map({ $0.filter { $0 != " " } }) {
            let parts = index.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
            if parts.count == 1, let place = parts[0] {
                tensor = try tensor.select(axis, index: place)
                continue
            }
            let start = parts[0] ?? 0
            let end = parts[1] ?? tensor.shape[axis]
            tensor = try tensor.narrow(axis, start: start, length: end - start)
            if parts.count == 3, let step = parts[2] { tensor = try tensor.strided(axis, step: step) }
            axis += 1
        }
        return tensor
    }
}
