import ArgumentParser
import Evaluation
import Foundation
import Reporting
import TediGAN
import Torch

/// Measures edit directions of a pack, and what edits along them do besides.
struct DirectionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "directions",
        abstract: "Measure edit directions, how often edits succeed, and how much else they change.",
        discussion: """
            Directions are measured on generated faces that the judge has labelled; other faces are then edited by each
            attribute, drawn and judged. Drift is the mean change of the other attributes' probability; attributes that
            share a feature with the asked one, such as two hair colours, do not count.
            Example: tedi-model directions --pack Resources/Packs/demo-64 --out directions.safetensors
            """)

    @OptionGroup var options: JudgedPackOptions

    @Option(help: "Faces to measure the directions on.")
    var codes = 8_000

    @Option(help: "Faces to edit by each attribute.")
    var faces = 60

    @Option(help: ArgumentHelp("File for the orthogonalised directions, a tensor [L, C] each.", valueName: "file"))
    var out: String?

    @Flag(help: "Only write the directions; edit no faces.")
    var onlyWrite = false

    func validate() throws {
        guard (100...1_000_000).contains(codes), (1...100_000).contains(faces) else {
            throw ValidationError("--codes must be in 100...1000000 and --faces in 1...100000")
        }
        if onlyWrite, out == nil { throw ValidationError("--only-write needs --out") }
    }

    func run() throws {
        let (pack, generator, judged) = try options.openGenerator()
        let measured = try MeasuredDirections(of: judged, codes: generator.codes(codes, seed: options.seed &* 2))
        if let out {
            try Self.write(measured.directions(.orthogonalized), of: pack, to: out)
            if onlyWrite { return }
        }
        let edited = try generator.codes(faces, seed: options.seed &* 2 &+ 1)
        let curves = try MeasuredDirections.Kind.allCases.map { kind in
            let directions = try measured.directions(kind)
            return DriftCurve(
                name: kind.rawValue,
                points: try [0.75, 1, 1.25].map { strength in
                    try EditDrift(
                        of: directions, strength: strength, faces: judged, codes: edited,
                        related: RelatedAttributes.share(features:_:))
                })
        }
        Self.printAttributes(curves)
        print("")
        Self.printSummary(curves)
    }

    /// Every attribute at strength 1.
    private static func printAttributes(_ curves: [DriftCurve]) {
        var columns: [Table.Column] = [.left("attribute")]
        for curve in curves { columns += [.right(curve.name), .right("drift")] }
        var table = Table(columns)
        for (index, row) in (curves.first?.atOne.rows ?? []).enumerated() {
            table.add(
                [row.attribute]
                    + curves.flatMap { curve in
                        let row = curve.atOne.rows[index]
                        return [number(row.success, 2), number(row.drift, 4)]
                    })
        }
        for line in table.render() { print(line) }
    }

    /// Means, at strength 1 and where all kinds succeed equally often.
    private static func printSummary(_ curves: [DriftCurve]) {
        let common = curves.map(\.atOne.success).min() ?? 0
        var table = Table([
            .left("mean over attributes"), .right("success"), .right("drift"), .right("verdicts"),
            .right("drift at \(number(common, 3))"), .right("verdicts"),
        ])
        for curve in curves {
            table.add([
                curve.name, number(curve.atOne.success, 3), number(curve.atOne.drift, 4),
                number(curve.atOne.flips, 2), number(curve.at(success: common, \.drift), 4),
                number(curve.at(success: common, \.flips), 2),
            ])
        }
        for line in table.render() { print(line) }
    }

    private static func write(_ directions: EditDirections, of pack: ModelPack, to path: String) throws {
        var tensors: [String: Tensor] = [:]
        for (name, row) in zip(directions.attributes, directions.directions) {
            tensors[name] = try Tensor(row.map(Float.init), shape: [directions.layers, directions.width])
        }
        try SafeTensors.write(path, tensors, metadata: ["pack": pack.digest, "kind": "edit directions"])
    }

    private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

/// What edits of one kind of direction do at some strengths, 1 in the middle.
private struct DriftCurve {
    let name: String
    let points: [EditDrift]

    var atOne: EditDrift { points[points.count / 2] }

    /// A figure where the success has a value, by the line between the nearest points.
    func at(success: Double, _ figure: (EditDrift) -> Double) -> Double {
        let above = min(max(points.firstIndex { $0.success >= success } ?? points.count - 1, 1), points.count - 1)
        let (low, high) = (points[above - 1], points[above])
        let share = high.success > low.success ? (success - low.success) / (high.success - low.success) : 1
        return figure(low) + share * (figure(high) - figure(low))
    }
}
