import ArgumentParser
import Foundation
import Images
import TediGAN

/// A photo to a code.
struct InvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invert", abstract: "Find the code that a pack's generator draws a photo from.",
        discussion: """
            Starts at the code that the pack's encoder gives, and improves it step by step. Writes the reconstruction,
            the code, the losses of every step, and a sheet of photo, encoder's guess and reconstruction. Where the pack
            has no VGG16, pixels and encoder alone decide.

            Example: tedi-model invert face.png --pack Resources/Packs/demo-64 --out inverted --steps 100
            """)

    @Argument(help: "Photo of a face (PNG or JPEG); square and aligned, or else with --align.")
    var photo: String

    @OptionGroup var model: ModelOptions

    @Option(help: ArgumentHelp("Folder for the results; made where it is missing.", valueName: "folder"))
    var out: String

    @Option(help: "Steps of optimisation; 0 keeps the encoder's guess.")
    var steps = 100

    @Option(help: PhotoAlignment.help)
    var align: PhotoAlignment?

    @Option(help: "How far a step of optimisation goes at most; the pack's own rate if left out.")
    var rate: Double?

    @Option(help: "Weight of the distance to the encoder's code, beside 1 of the pixels; the pack's own if left out.")
    var encoderWeight: Double?

    func validate() throws {
        guard (0...100_000).contains(steps) else { throw ValidationError("--steps must be in 0...100000") }
    }

    func run() throws {
        let (pack, device) = try model.open()
        let input = try PictureFiles.photo(photo, alignment: align, pack: pack, device: device)
        var objective = pack.manifest.inversion ?? .published
        objective.rate = rate ?? objective.rate
        objective.encoderWeight = encoderWeight ?? objective.encoderWeight
        let inversion = try Inversion(pack: pack, objective: objective, device: device)
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let result = try inversion.run(input, steps: steps) { report in
            guard report.step % 20 == 0 || report.step == steps else { return }
            FileHandle.standardError.write(Data((Self.line(report) + "\n").utf8))
        }
        try pictures(input, result, side: inversion.resolution, title: pack.manifest.name)
        try result.code.write(to: out + "/code.safetensors")
        try losses(inversion, result, pack).write(to: URL(fileURLWithPath: out + "/losses.json"), options: .atomic)
        print("terms: " + inversion.terms.map { "\($0.weight) x \($0.name)" }.joined(separator: " + "))
        if !pack.has(.perceptual) { print("The pack has no VGG16, so there is no perceptual term.") }
        if let first = result.reports.first { print("encoder's guess: \(Self.line(first))") }
        if let best = result.reports.first(where: { $0.step == result.bestStep }) { print("best: \(Self.line(best))") }
        print(out)
    }

    private func pictures(_ photo: PhotoInput, _ result: Inversion.Result, side: Int, title: String) throws {
        let reconstruction = try PictureFiles.image(result.pixels, side: side)
        try PictureFiles.write(reconstruction, to: out + "/reconstruction.png")
        let shown = [
            ("photo", try RGBImage(width: photo.width, height: photo.height, pixels: photo.pixels)),
            ("encoder's guess", try PictureFiles.image(result.startPixels, side: side)),
            ("after \(result.bestStep) steps", reconstruction),
        ]
        let entries = shown.map { ContactSheet.Entry(caption: $0.0, pictures: [ContactSheet.Picture($0.1)]) }
        try PictureFiles.write(ContactSheet(title: title, entries: entries), to: out + "/sheet.png")
    }

    private static func line(_ report: InstanceOptimization.Report) -> String {
        let parts = report.losses.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.5g", $0.value))" }
        return "step \(report.step): loss \(String(format: "%.5f", report.total)) (\(parts.joined(separator: ", ")))"
    }

    private func losses(_ inversion: Inversion, _ result: Inversion.Result, _ pack: ModelPack) throws -> Data {
        let file = LossFile(
            pack: pack.digest, terms: Dictionary(inversion.terms.map { ($0.name, $0.weight) }) { $1 },
            bestStep: result.bestStep, bestTotal: result.bestTotal,
            steps: result.reports.map { .init(step: $0.step, total: $0.total, losses: $0.losses) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        // A loss that is no number ends the optimisation, and is told as such.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(file)
    }
}

/// What `losses.json` says.
private struct LossFile: Encodable {
    struct Step: Encodable {
        var step: Int
        var total: Double
        var losses: [String: Double]
    }

    var pack: String
    var terms: [String: Double]
    var bestStep: Int
    var bestTotal: Double
    var steps: [Step]
}
