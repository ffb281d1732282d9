import Client
import Foundation
import JobAPI
import Reporting

/// How what a job made came to be: the job, its manifest, and the same for what it was made from.
struct Provenance: Encodable, Sendable {
    /// Longest chain of jobs that is followed.
    static let depth = 12
    /// Most jobs that are asked for.
    static let breadth = 64

    let job: JobView
    /// What the worker wrote, where it wrote something.
    let manifest: Manifest?
    /// What it was made from, as far as jobs made it.
    let sources: [Provenance]

    /// The parts of a manifest that say more than the job.
    struct Manifest: Codable, Sendable {
        struct Pack: Codable, Sendable {
            let name: String
            let digest: String
        }

        let pack: Pack?
        let worker: String?
        let attributes: [String: String]?
        let versions: [String: String]?
    }

    static func of(job id: Int64, by client: TediClient) async throws -> Provenance {
        var left = breadth
        return try await of(job: id, by: client, depth: depth, left: &left)
    }

    private static func of(
        job id: Int64, by client: TediClient, depth: Int, left: inout Int
    ) async throws -> Provenance {
        let job = try await client.job(id)
        var manifest: Manifest?
        if job.result?.manifest != nil {
            // What is not there any more, or of another version, is left out: the rest is worth showing.
            manifest = try? JSONDecoder().decode(Manifest.self, from: try await client.manifest(of: id))
        }
        var sources: [Provenance] = []
        for source in Self.jobs(in: job.request.inputs) where depth > 1 && left > 0 {
            left -= 1
            sources.append(try await of(job: source, by: client, depth: depth - 1, left: &left))
        }
        return Provenance(job: job, manifest: manifest, sources: sources)
    }

    private static func jobs(in inputs: InputsView?) -> [Int64] {
        JobRows.inputs(inputs).compactMap { _, text in text.hasPrefix("job:") ? Int64(text.dropFirst(4)) : nil }
    }

    // MARK: For people

    var tree: Tree {
        let request = job.request
        let kind = request.kind ?? .generate
        var tree = Tree("job \(job.id)  \(kind.rawValue)  \(job.state.rawValue)")
        if !request.caption.isEmpty { tree.add("caption  \(request.caption)") }
        let psi = request.truncation.map { ", truncation \($0)" } ?? ""
        tree.add("seed  \(request.seed), sample \(job.sample)\(psi)")
        if let options = request.options { tree.add("options  \(JobRows.options(options))") }
        for (name, text) in JobRows.inputs(request.inputs) {
            let origin = sources.first { text == "job:\($0.job.id)" }?.tree
            if let origin {
                tree.add(Tree("\(name)  \(origin.text)", origin.children))
            } else {
                tree.add("\(name)  \(text)")
            }
        }
        if let pack = manifest?.pack {
            tree.add("model  \(pack.name) \(pack.digest)")
        } else {
            tree.add("model  \(request.model)")
        }
        if let attributes = manifest?.attributes, !attributes.isEmpty {
            let found = attributes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            tree.add("attributes  \(found.joined(separator: ", "))")
        }
        if let worker = manifest?.worker ?? job.worker { tree.add("worker  \(worker)") }
        if let result = job.result { tree.add(Self.made(result)) }
        return tree
    }

    private static func made(_ result: JobView.Result) -> Tree {
        var tree = Tree("made")
        tree.add("image  sha256:\(result.image)  \(result.width) x \(result.height), \(result.bytes) bytes")
        tree.add("code  sha256:\(result.code)")
        if let manifest = result.manifest { tree.add("manifest  sha256:\(manifest)") }
        for output in result.outputs ?? [] {
            tree.add("\(output.name)  sha256:\(output.digest)  \(output.bytes) bytes")
        }
        let scores = (result.scores ?? [:]).sorted { $0.key < $1.key }
        if !scores.isEmpty {
            tree.add("scores  " + scores.map { "\($0.key) \(Scores.text($0.value))" }.joined(separator: ", "))
        }
        return tree
    }
}

/// A text with others below it.
struct Tree: Sendable {
    let text: String
    private(set) var children: [Tree]

    init(_ text: String, _ children: [Tree] = []) {
        self.text = text
        self.children = children
    }

    mutating func add(_ text: String) { children.append(Tree(text)) }

    mutating func add(_ tree: Tree) { children.append(tree) }

    /// Lines with branches.
    func render() -> [String] {
        var lines = [Self.plain(text)]
        for (index, child) in children.enumerated() {
            let isLast = index == children.count - 1
            for (number, line) in child.render().enumerated() {
                lines.append((number == 0 ? (isLast ? "└─ " : "├─ ") : (isLast ? "   " : "│  ")) + line)
            }
        }
        return lines
    }

    /// The text without what would steer a terminal.
    private static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}
