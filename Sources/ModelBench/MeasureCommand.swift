import ArgumentParser
import Foundation
import Torch

/// `tedi-model-bench measure`: one kind of work in this process, so that its peak memory is its own.
struct MeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Measures one kind of work and prints JSON.",
        discussion: "Example: tedi-model-bench measure images --batch 4 --seconds 10")

    @Argument(help: "images, coarse or steps")
    var workload: Workload

    @Option(help: "Images at a time.")
    var batch = 1

    @Option(help: "About how long.")
    var seconds = 10.0

    @Option(help: "Threads of LibTorch.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        guard (1...256).contains(batch) else { throw ValidationError("--batch must be from 1 to 256.") }
        guard (1...1024).contains(threads) else { throw ValidationError("--threads must be from 1 to 1024.") }
    }

    func run() throws {
        Torch.configure()
        Torch.threadCount = threads
        let result = try Measurement.of(workload.prepared(batch: batch), seconds: seconds)
        print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
    }
}
