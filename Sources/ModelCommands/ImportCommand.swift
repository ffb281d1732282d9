import ArgumentParser
import Checkpoints
import Foundation
import Importing
import Layers
import Reporting
import TediGAN
import Torch

/// Takes networks out of published checkpoints.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Tell the networks in checkpoints, write each as safetensors, or put them together as a pack.",
        discussion: """
            Reads safetensors, PyTorch's zip files and its older pickles, and TorchScript files as data: no code in a
            file is ever run. A network is known by its tensors; every tensor that is missing, left over or of the
            wrong shape is named, and nothing is written for that network then.

            A pack has a generator and encoders that fit it; it is written as a whole or not at all.

            Example: tedi-model import stylegan2-ffhq-config-f.pt --out parts
            Example: tedi-model import generator.pth encoder.pth vgg16.pth --pack packs/ffhq-256
            Example: tedi-model import vgg16.pth --base Resources/Packs/demo-64 --pack packs/demo-64-vgg
            """)

    @Argument(help: "Checkpoint files.")
    var files: [String]

    @Option(help: ArgumentHelp("Folder for the networks; without it they are only told.", valueName: "folder"))
    var out: String?

    @Option(help: ArgumentHelp("Pack folder to write; one that is there is replaced.", valueName: "folder"))
    var pack: String?

    @Option(help: "The pack's name; that of its folder otherwise.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Pack whose words, policy and networks are taken over, but for those of the files.", valueName: "folder"))
    var base: String?

    @Option(help: ArgumentHelp("Leave out the network at this place of a checkpoint.", valueName: "[file:]place"))
    var skip: [String] = []

    func validate() throws {
        guard out == nil || pack == nil else { throw ValidationError("give --out or --pack") }
        guard pack != nil || name == nil && base == nil && skip.isEmpty else {
            throw ValidationError("--name, --base and --skip are for a --pack")
        }
    }

    func run() throws {
        if let pack { try assemble(pack) } else { try tell() }
    }

    private func assemble(_ folder: String) throws {
        let title = name ?? URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
        var assembly = try PackAssembly(name: title, base: base.map { try ModelPack(opening: $0) }, skipping: skip)
        for file in files { assembly.add(try Import(opening: file)) }
        var table = Table([.left("file"), .left("place"), .left("network"), .right("tensors"), .left("part")])
        for entry in assembly.entries {
            let tensors = entry.tensors == 0 ? "" : String(entry.tensors)
            table.add([entry.source, entry.place, entry.summary, tensors, entry.state])
        }
        for line in table.render() { print(line) }
        let written = try assembly.write(to: folder)
        print("pack \(folder) digest \(written.digest)")
    }

    private func tell() throws {
        let found = try files.map { try Import(opening: $0) }
        var table = Table([.left("place"), .left("network"), .right("tensors"), .left("state")])
        var failures: [String] = []
        for file in found where file.networks.isEmpty {
            let places = file.checkpoint.stateDictionaries().map {
                "\($0.place.isEmpty ? "(root)" : $0.place): \($0.tensors.count) tensors"
            }
            failures.append(
                "\(file.checkpoint.path) is \(file.checkpoint.kind.rawValue), but holds no network that Tedi knows. "
                    + "It has " + (places.isEmpty ? "no tensors." : places.joined(separator: "; ") + "."))
        }
        let names = found.flatMap { $0.networks.map(\.name) }
        for file in found {
            for network in file.networks {
                let summary = (try? network.network.get().summary) ?? network.name
                do {
                    let store = try file.load(network)
                    let isOnlyOne = names.count { $0 == network.name } == 1
                    let state =
                        try out.map { try write(network, of: file, store, to: $0, plainly: isOnlyOne) } ?? "complete"
                    table.add([network.label, summary, "\(store.entries.count)", state])
                } catch {
                    table.add([network.label, summary, "", "refused"])
                    failures.append("\(summary): \(error)")
                }
            }
        }
        if !names.isEmpty { for line in table.render() { print(line) } }
        for failure in failures { FileHandle.standardError.write(Data((failure + "\n").utf8)) }
        if !failures.isEmpty { throw ExitCode.failure }
    }

    /// Writes a network's tensors with what it is in the file's head.
    /// - Parameter plainly: whether its name is enough; files with an average hold the same network twice.
    private func write(
        _ found: FoundNetwork, of file: Import, _ store: ParameterStore, to folder: String, plainly: Bool
    ) throws -> String {
        let network = try found.network.get()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let source = URL(fileURLWithPath: file.checkpoint.path).lastPathComponent
        // Several files may hold the same network at the same place.
        let place = (files.count > 1 ? source + "-" : "") + found.place + found.prefix
        let plain = place.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" }
        let name = plainly ? "\(network.name).safetensors" : "\(network.name)-\(String(plain)).safetensors"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try store.save(
            to: folder + "/" + name,
            metadata: [
                "network": network.name, "source": source,
                "configuration": String(decoding: try encoder.encode(network.sizes), as: UTF8.self),
            ])
        return name
    }
}
