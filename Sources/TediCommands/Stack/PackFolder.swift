import Client
import Foundation

/// A model pack on disk, as far as it matters to who hands it to a worker.
package struct PackFolder: Equatable, Sendable {
    /// Absolute path of the folder.
    package let path: String
    /// SHA-256 of its `pack.json`: the model's identity.
    package let digest: String
    /// The model's name.
    package let name: String

    /// Longest `pack.json` that is read, as for a worker.
    private static let manifestLimit = 16 << 20

    /// Opens a pack; looks at `pack.json` only.
    package init(_ folder: String, source: String) throws(CommandError) {
        path = URL(fileURLWithPath: folder).standardizedFileURL.path
        let file = "\(path)/pack.json"
        guard let data = FileManager.default.contents(atPath: file), data.count <= Self.manifestLimit else {
            throw .badInput(
                "\(source) is \(folder), but there is no readable pack.json in it",
                remedy: "Name the folder of a model pack, such as Resources/Packs/demo-64.")
        }
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: data) else {
            throw .badInput(
                "\(file) is no description of a model pack", remedy: "Make the pack again, or fetch it again.")
        }
        digest = TediClient.digest(of: data)
        name = manifest.name
    }

    /// The pack that `--pack` or `TEDI_PACK` names; nil if neither does.
    package static func named(flag: String?, environment: [String: String]) throws(CommandError) -> PackFolder? {
        if let flag { return try PackFolder(flag, source: "--pack") }
        guard let variable = environment["TEDI_PACK"], !variable.isEmpty else { return nil }
        return try PackFolder(variable, source: "TEDI_PACK")
    }

    /// The first pack that is named or found: `--pack`, `TEDI_PACK`, installed beside the program, in a checkout.
    package static func locate(
        flag: String?, environment: [String: String], programs: String = Executables.ownFolder,
        workingFolder: String = FileManager.default.currentDirectoryPath
    ) throws(CommandError) -> PackFolder {
        if let named = try named(flag: flag, environment: environment) { return named }
        return try usual(programs: programs, workingFolder: workingFolder)
    }

    /// The pack that is taken where none is named: installed beside the program, or in a checkout.
    static func usual(
        programs: String = Executables.ownFolder,
        workingFolder: String = FileManager.default.currentDirectoryPath
    ) throws(CommandError) -> PackFolder {
        let shelves = shelves(programs: programs, workingFolder: workingFolder)
        for shelf in shelves {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: shelf)) ?? []).sorted()
            let packs = names.filter { FileManager.default.fileExists(atPath: "\(shelf)/\($0)/pack.json") }
            guard let name = packs.contains("demo-64") ? "demo-64" : packs.first else { continue }
            guard packs.count == 1 || name == "demo-64" else {
                throw .badInput(
                    "there is more than one model pack in \(shelf): \(packs.joined(separator: ", "))",
                    remedy: "Choose one with --pack \(shelf)/\(name)")
            }
            return try PackFolder("\(shelf)/\(name)", source: "the pack")
        }
        throw .badInput(
            "there is no model pack in \(shelves.joined(separator: ", "))",
            remedy: "Name one with --pack or TEDI_PACK; make one with: tedi-model train")
    }

    /// Folders in which packs may lie: of an installation, then of the checkout that holds the program or this folder.
    private static func shelves(programs: String, workingFolder: String) -> [String] {
        var shelves = ["\(programs)/../share/tedi/packs"]
        var folder = URL(fileURLWithPath: programs)
        // A build folder lies at most this deep in its checkout: .build/x86_64-unknown-linux-gnu/release.
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            shelves.append(folder.appendingPathComponent("Resources/Packs").path)
        }
        shelves.append("\(workingFolder)/Resources/Packs")
        var seen: Set<String> = []
        return shelves.map { URL(fileURLWithPath: $0).standardizedFileURL.path }.filter { seen.insert($0).inserted }
    }

    /// What is wrong with the pack's files; nil if each is there with its size and digest.
    package func damage() -> String? {
        guard let data = FileManager.default.contents(atPath: "\(path)/pack.json"),
            let manifest = try? JSONDecoder().decode(Manifest.self, from: data)
        else { return "pack.json cannot be read" }
        for file in manifest.files {
            guard !file.name.contains("/"), let content = FileManager.default.contents(atPath: "\(path)/\(file.name)")
            else { return "\(file.name) is missing or cannot be read" }
            guard TediClient.digest(of: content) == file.sha256 else { return "\(file.name) is not as pack.json says" }
        }
        return nil
    }

    private struct Manifest: Decodable {
        struct File: Decodable {
            let name: String
            let sha256: String
        }
        let name: String
        let files: [File]
    }
}
