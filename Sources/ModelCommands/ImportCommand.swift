import ArgumentParser
import Checkpoints
import Foundation
import Importing
import Layers
import Reporting
import Torch

/// Takes networks out of published checkpoints.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Tell the networks in a checkpoint, and write each as safetensors.",
        discussion: """
            Reads safetensors, PyTorch's zip files and its older pickles, and TorchScript files as data: no code in a file
            is ever run. A network is known by its tensors; every tensor that is missing, left over or of the wrong shape
            is named, and nothing is written for that network then.

            Example: tedi-model import stylegan2-ffhq-config-f.pt --out parts
            """)

    @Argument(help: "Checkpoint file.")
    var file: String

    @Option(help: ArgumentHelp("Folder for the networks; without it they are only told.", valueName: "folder"))
    var out: String?

    func run() throws {
        let found = try Import(opening: file)
        guard !found.networks.isEmpty else {
            let places = found.checkpoint.stateDictionaries().map {
                "\($0.place.isEmpty ? "(root)" : $0.place): \($0.tensors.count) tensors"
            }
            throw NothingFound(
                description:
                    "\(file) is \(found.checkpoint.kind.rawValue), but holds no network that Tedi knows. It has "
                    + (places.isEmpty ? "no tensors." : places.joined(separator: "; ") + "."))
        }
        var table = Table([.left("place"), .left("network"), .right("tensors"), .left("state")])
        var failures: [String] = []
        for network in found.networks {
            let place = [network.place, network.prefix].filter { !$0.isEmpty }.joined(separator: "/")
            let summary = (try? network.network.get().summary) ?? network.name
            do {
                let store = try found.load(network)
                let isOnlyOne = found.networks.count { $0.name == network.name } == 1
                let state = try out.map { try write(network, store, to: $0, plainly: isOnlyOne) } ?? "complete"
                table.add([place.isEmpty ? "(root)" : place, summary, "\(store.entries.count)", state])
            } catch {
                table.add([place.isEmpty ? "(root)" : place, summary, "", "refused"])
                failures.append("\(summary): \(error)")
            }
        }
        for line in table.render() { print(line) }
        for failure in failures { FileHandle.standardError.write(Data((failure + "\n").utf8)) }
        if !failures.isEmpty { throw ExitCode.failure }
    }

    /// Writes a network's tensors with what it is in the file's head.
    /// - Parameter plainly: whether its name is enough; files with an average hold the same network twice.
    private func write(
        _ found: FoundNetwork, _ store: ParameterStore, to folder: String, plainly: Bool
    ) throws -> String {
        let network = try found.network.get()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let place = (found.place + found.prefix).map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" }
        let name = plainly ? "\(network.name).safetensors" : "\(network.name)-\(String(place)).safetensors"
        try store.save(
            to: folder + "/" + name,
            metadata: [
                "network": network.name, "configuration": network.configuration,
                "source": (file as NSString).lastPathComponent,
            ])
        return name
    }
}

/// A checkpoint without a network that is known.
private struct NothingFound: Error, CustomStringConvertible {
    let description: String
}
