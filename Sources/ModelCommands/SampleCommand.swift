import ArgumentParser
import Foundation
import Images
import TediGAN
import Torch

/// Runs a pack without the queue.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample",
        abstract: "Make faces from captions with a pack, without the queue.",
        discussion: """
            Example: tedi-model sample --pack Resources/Packs/demo-64 --caption "he wears a hat" --samples 8 --out sheet.png
            With --bench the pictures are thrown away and images per second printed.
            """)

    @OptionGroup var model: ModelOptions

    @Option(name: .customLong("caption"), help: "A caption; may be given several times.")
    var captions: [String] = []

    @Option(help: "File of captions, one per line.")
    var file: String?

    @Option(help: "Pictures per caption.")
    var samples = 4

    @Option(help: "Seed.")
    var seed: UInt64 = 1

    @Option(help: "Pictures per forward pass.")
    var batch = 16

    @Option(help: "float32, or bfloat16 inside the generator: faster where the processor multiplies it.")
    var precision = Precision.float32

    @Option(help: "File of the sheet (PNG, or JPEG after .jpg).")
    var out = "sheet.png"

    @Option(help: ArgumentHelp("Layers for attributes.", valueName: "attribute=0-3,..."))
    var layers: LayerChoice?

    @Flag(help: "Print images per second; write nothing.")
    var bench = false

    enum Precision: String, ExpressibleByArgument, CaseIterable {
        case float32, bfloat16

        var dtype: DType? { self == .bfloat16 ? .bfloat16 : nil }
    }

    func validate() throws {
        guard (1...1_024).contains(batch) else { throw ValidationError("--batch must be in 1...1024") }
        guard (1...10_000).contains(samples) else { throw ValidationError("--samples must be in 1...10000") }
    }

    func run() throws {
        var texts = captions
        if let file {
            texts += try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        }
        guard !texts.isEmpty else { throw ValidationError("give --caption or --file") }
        let (pack, device) = try model.open()
        let pipeline = try TextToImage(pack: pack, device: device, precision: precision.dtype)
        let requests = texts.enumerated().flatMap { line, text in
            (0..<samples).map {
                TextToImageRequest(
                    caption: text, seed: seed &+ UInt64(line), sample: $0, layers: layers?.layers ?? [:])
            }
        }
        if bench {
            // The first passes pay for memory and code that later ones find.
            _ = try pipeline.generate(Array(requests.prefix(batch)))
        }
        let start = ContinuousClock.now
        var faces: [GeneratedFace] = []
        for first in stride(from: 0, to: requests.count, by: batch) {
            faces += try pipeline.generate(Array(requests[first..<min(first + batch, requests.count)]))
        }
        let duration = (ContinuousClock.now - start) / .seconds(1)
        if bench {
            print(
                String(
                    format: "{\"images\": %d, \"seconds\": %.3f, \"imagesPerSecond\": %.2f, \"batch\": %d}",
                    faces.count, duration, Double(faces.count) / duration, batch))
            return
        }
        let images = try faces.map { try RGBImage(width: $0.width, height: $0.height, pixels: $0.pixels) }
        let entries = texts.enumerated().map { line, text in
            ContactSheet.Entry(
                caption: text, pictures: images[line * samples..<(line + 1) * samples].map { ContactSheet.Picture($0) })
        }
        try PictureFiles.write(ContactSheet(title: pipeline.manifest.name, entries: entries), to: out)
        print(out)
    }
}
