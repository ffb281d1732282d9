// Reads `swift package dump-package` on standard input and fails where a file imports a module that its target does
// not declare, where a target declares what none of its files imports, or where a target crosses to the other wing.
// SwiftPM itself accepts any module of the transitive closure, so the layers of the house hold only with a check of
// their own. Modules are those of this package and the products it depends on, which bear their module's name.
//
// usage: swift package dump-package | check-imports [ROOT]

import Foundation

struct Manifest: Decodable {
    struct Dependency: Decodable {
        var byName: [String?]?
        var target: [String?]?
        var product: [String?]?

        var module: String? { (byName ?? target ?? product)?.first ?? nil }
    }
    struct Target: Decodable {
        var name: String
        var type: String
        var path: String?
        var dependencies: [Dependency]
    }
    var targets: [Target]
}

let modelWing: Set = [
    "CTorch", "Torch", "Layers", "Checkpoints", "Perception", "Baselines", "Importing", "TediGAN", "Training",
    "Evaluation", "Explanation", "ModelBench", "ModelCommands",
]
let queueWing: Set = [
    "CLibPQ", "CHiredis", "CSync", "Jobs", "JobAPI", "Postgres", "Redis", "Migrations", "JobStore", "JobDispatch",
    "Artifacts", "Coordinator", "Client", "PrivateStack", "TediCommands", "QueueBench", "SystemBench",
]

func wings(of modules: some Sequence<String>) -> (model: [String], queue: [String]) {
    (modules.filter(modelWing.contains), modules.filter(queueWing.contains))
}

func imports(of file: URL) throws -> [String] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
        var words = line.split(separator: " ").map(String.init)
        while let first = words.first,
            first.hasPrefix("@") || ["public", "package", "internal", "private"].contains(first)
        {
            words.removeFirst()
        }
        guard words.count >= 2, words[0] == "import" else { return nil }
        let kinds = ["struct", "class", "enum", "func", "var", "let", "protocol", "typealias"]
        let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return module.split(separator: ".").first.map(String.init)
    }
}

let root = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? ".")
let manifest = try JSONDecoder().decode(Manifest.self, from: FileHandle.standardInput.readDataToEndOfFile())
let known = Set(manifest.targets.map(\.name) + manifest.targets.flatMap { $0.dependencies.compactMap(\.module) })
var complaints: [String] = []
var files = 0

for target in manifest.targets {
    let declared = Set(target.dependencies.compactMap(\.module))
    if target.type != "test", target.name != "Worker" {
        let used = wings(of: declared.union([target.name]))
        if !used.model.isEmpty, !used.queue.isEmpty {
            complaints.append("\(target.name): joins the wings (\(used.model) and \(used.queue)); only Worker may")
        }
    }
    let folder = root.appendingPathComponent(
        target.path ?? "\(target.type == "test" ? "Tests" : "Sources")/\(target.name)")
    var imported: Set<String> = []
    let walker = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let file = walker?.nextObject() as? URL {
        guard file.pathExtension == "swift" else { continue }
        files += 1
        let modules = try imports(of: file)
        imported.formUnion(modules)
        for module in modules where known.contains(module) && !declared.contains(module) {
            complaints.append("\(file.lastPathComponent): \(target.name) imports \(module) without declaring it")
        }
    }
    for module in declared.subtracting(imported).sorted() {
        complaints.append("\(target.name): declares \(module) and imports it nowhere")
    }
}

guard complaints.isEmpty, files > 0 else {
    complaints.forEach { print("check-imports: \($0)") }
    if files == 0 { print("check-imports: no Swift file found below \(root.path)") }
    exit(1)
}
print("check-imports: \(files) files of \(manifest.targets.count) targets keep to their layers")
