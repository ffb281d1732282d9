import ArgumentParser
import Foundation
import TediGAN
import Torch

/// `tedi-model-bench core`: the model core alone on the requests that a worker would get.
struct CoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "core", abstract: "Draws requests as a worker does, throws the pictures away, and prints JSON.",
        discussion: """
            Each line is an object with caption and seed. It is what `tedi-system-bench` compares the system with.

            Example: tedi-model-bench core captions.jsonl --pack Resources/Packs/demo-64 --batch 16 --threads 2
            """)

    @Argument(help: ArgumentHelp("Requests, as JSONL.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("Model pack.", valueName: "folder"))
    var pack: String

    @Option(help: "Images in one forward pass.")
    var batch = 16

    @Option(help: "Threads of LibTorch.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    func validate() throws {
        guard (1...1_024).contains(batch) else { throw ValidationError("--batch must be from 1 to 1024.") }
        guard (1...1_024).contains(threads) else { throw ValidationError("--threads must be from 1 to 1024.") }
        guard Device(device) != nil else { throw ValidationError("--device is cpu, cuda or cuda:N.") }
    }

    func run() throws {
        guard let device = Device(device) else { return }
        Torch.configure()
        Torch.threadCount = threads
        let requests = try Self.requests(in: file)
        let faces = try FaceSynthesis(pack: ModelPack(opening: pack), device: device, rows: batch)
        // The first passes pay for memory and code that later ones find.
        for start in stride(from: 0, to: min(requests.count, 4 * batch), by: batch) {
            _ = try faces.make(Array(requests[start..<min(start + batch, requests.count)]))
        }
        var images = 0
        let time = try ContinuousClock().measure {
            for start in stride(from: 0, to: requests.count, by: batch) {
                images += try faces.make(Array(requests[start..<min(start + batch, requests.count)])).count
            }
        }
        print(String(format: "{\"images\": %d, \"seconds\": %.4f}", images, time / .seconds(1)))
    }

    private static func requests(in file: String) throws -> [FaceRequest] {
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        let decoder = JSONDecoder()
        let requests = try data.split(separator: UInt8(ascii: "\n")).map { line in
            let request = try decoder.decode(Line.self, from: Data(line))
            return FaceRequest(.generate(nil), caption: request.caption, key: SampleKey(seed: request.seed))
        }
        guard !requests.isEmpty else { throw BenchError("\(file) has no requests") }
        return requests
    }

    private struct Line: Decodable {
        let caption: String
        let seed: UInt64
    }
}
