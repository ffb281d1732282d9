import ArgumentParser
import Evaluation
import Explanation
import Foundation
import Reporting
import TediGAN
import Torch
import Training

/// Measures which layers carry which attribute.
struct AnalyseLayersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layers",
        abstract: "Measure which layers of a code move which attribute, and propose a layer policy.",
        discussion: """
            Layers of one generated face are put into another, and the judge looks whether an attribute in which they
            differ comes along. Proposed is the shortest range of layers that carries the given share of what all layers
            do. The pack is not changed; with --write a copy gets the proposed policy.
            Example: tedi-model analyse layers --pack Resources/Packs/demo-64 --out policy.json --picture layers.png
            """)

    @OptionGroup var options: JudgedPackOptions

    @Option(help: "Pairs of faces.")
    var pairs = 400

    @Option(help: "Share of the effect that the layers must carry.")
    var share = 0.9

    @Option(help: ArgumentHelp("File for the proposed policy, as it stands in pack.json.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("Write a copy of the pack with the proposed policy; a new folder.", valueName: "folder"))
    var write: String?

    @Option(
        help: ArgumentHelp(
            "Picture of each layer's effect on each attribute, with the proposed ranges.", valueName: "file.png"))
    var picture: String?

    @Option(help: "table or json.")
    var output = "table"

    func validate() throws {
        guard (10...100_000).contains(pairs), share > 0, share <= 1 else {
            throw ValidationError("--pairs must be in 10...100000 and --share above 0 and at most 1")
        }
        guard ["table", "json"].contains(output) else { throw ValidationError("--output is table or json") }
    }

    func run() throws {
        let (pack, generator, judged) = try options.openGenerator()
        let policy = pack.manifest.policy
        let analysis = try LayerAnalysis(
            of: judged, bases: generator.codes(pairs, seed: options.seed &* 2),
            donors: generator.codes(pairs, seed: options.seed &* 2 &+ 1),
            sets: .ranges(and: policy.attributes.map(\.layers)))
        let proposed = analysis.calibrated(policy, share: share)
        if let out { try Self.encoder.encode(proposed).write(to: URL(fileURLWithPath: out), options: .atomic) }
        if let write {
            var contents = try pack.contents()
            contents.policy = proposed
            let copy = try ModelPack.write(contents, to: write, storage: nil)
            FileHandle.standardError.write(Data("pack \(write) digest \(copy.digest)\n".utf8))
        }
        if let picture {
            let map = LayerHeatMap(
                analysis, proposed: proposed, title: pack.manifest.name,
                subtitle: "effect of one layer alone; framed: the shortest range with \(share) of the effect "
                    + "(grey: too few pairs to tell)",
                sides: (0..<generator.layers).map(generator.configuration.resolution(ofLayer:)))
            try PictureFiles.write(map.draw(), to: picture)
        }
        if output == "json" { return print(String(decoding: try Self.encoder.encode(analysis), as: UTF8.self)) }
        for line in Self.table(analysis, policy, proposed).render() { print(line) }
    }

    private static func table(_ analysis: LayerAnalysis, _ policy: LayerPolicy, _ proposed: LayerPolicy) -> Table {
        var table = Table([
            .left("attribute"), .right("pairs"), .left("in the pack"), .right("effect"), .left("measured"),
            .right("effect"), .left("strongest alone"), .right("effect"),
        ])
        for attribute in policy.attributes {
            let name = attribute.attribute
            guard let column = analysis.attributes.firstIndex(of: name) else { continue }
            let found = proposed.policy(of: name)?.layers ?? []
            let alone = (0..<analysis.layers).max {
                (analysis.effect(on: name, of: [$0]) ?? 0) < (analysis.effect(on: name, of: [$1]) ?? 0)
            }
            table.add([
                name, "\(analysis.pairs[column])", text(attribute.layers),
                text(analysis.effect(on: name, of: attribute.layers)), text(found),
                text(analysis.effect(on: name, of: found)), alone.map { "\($0)" } ?? "",
                text(alone.flatMap { analysis.effect(on: name, of: [$0]) }),
            ])
        }
        return table
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return encoder
    }

    private static func text(_ share: Double?) -> String { share.map { String(format: "%.2f", $0) } ?? "" }

    private static func text(_ layers: [Int]) -> String {
        guard let first = layers.first, let last = layers.last else { return "" }
        if first == last { return "\(first)" }
        return last - first == layers.count - 1
            ? "\(first) to \(last)" : layers.map(String.init).joined(separator: ", ")
    }
}
