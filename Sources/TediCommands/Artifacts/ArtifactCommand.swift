import ArgumentParser
import Client
import Foundation
import JobAPI
import Jobs

/// `tedi artifact`.
struct ArtifactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifact",
        abstract: "Shows, saves, uploads and edits what jobs make and work on: pictures, codes, manifests.",
        discussion: """
            An artifact is named by the SHA-256 of its bytes.

            Example:
              tedi artifact show --job 2801
              tedi artifact put photo.jpg sketch.png
              tedi artifact edit 2801 --caption "she wears a hat" --out hat.png
            """,
        subcommands: [
            ArtifactShowCommand.self, ArtifactGetCommand.self, ArtifactPutCommand.self, ArtifactRemoveCommand.self,
            ArtifactEditCommand.self, ArtifactMixCommand.self,
        ])
}

/// `tedi artifact put`.
struct ArtifactPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put", abstract: "Uploads inputs, unless the store has them, and prints their names.",
        discussion: """
            PNG and JPEG pictures, latent codes (safetensors) and JSON lines are taken, up to 32 MiB each.

            Example:
              tedi artifact put photo.jpg sketch.png
              tedi artifact put photos/*.jpg --output jsonl
            """)

    @Argument(help: ArgumentHelp("Files.", valueName: "file")) var files: [String]
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    private struct Line: Encodable {
        let file: String
        let artifact: String
    }

    func run() async throws {
        let names = files
        let checked = try await blocking { try Self.check(names) }
        let receipt = try await connection.withClient(retries: .persistent) { client in
            try await FileUpload(paths: checked).run(by: client)
        }
        let lines = zip(names, receipt.digests).map { Line(file: $0, artifact: "sha256:\($1)") }
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(list: lines, format: output.format) }
        for line in lines { console.print("\(line.artifact)  \(line.file)") }
    }

    /// The paths, one for each name; a file that is no input is told before any is sent.
    private static func check(_ names: [String]) throws -> [String] {
        var mistakes: [String] = []
        let paths = names.map { name in
            do throws(ItemError) {
                return try LocalFiles.path(of: name)
            } catch {
                mistakes.append("  \(error)")
                return name
            }
        }
        guard mistakes.isEmpty else {
            let more = mistakes.count > 10 ? ["  … and \(mistakes.count - 10) more"] : []
            throw CommandError(.badInput, ["nothing was uploaded"] + mistakes.prefix(10) + more)
        }
        return paths
    }
}

/// `tedi artifact get`.
struct ArtifactGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Saves an artifact into a file.",
        discussion: """
            With --job, the words image, code, manifest, preview and losses, and the names of its outputs, stand for \
            digests.

            Example:
              tedi artifact get 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --out face.png
              tedi artifact get code --job 2801 --out face.safetensors
            """)

    @Argument(help: "SHA-256 of the artifact; with --job also what it is.") var artifact: String
    @Option(help: "A job that made it.") var job: Int64?
    @Option(help: ArgumentHelp("The file.", valueName: "file")) var out: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let (artifact, job, out) = (artifact, job, out)
        let bytes = try await connection.withClient { client in
            try await ArtifactName.read(artifact, of: job, by: client).bytes
        }
        do {
            try bytes.write(to: URL(fileURLWithPath: out), options: .atomic)
        } catch {
            throw ClientError.file(path: out, reason: error.localizedDescription)
        }
        Console.current.print("\(out): \(bytes.count) bytes")
    }
}

/// `tedi artifact rm`.
struct ArtifactRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Gives an uploaded artifact up: it counts no longer, and new lines cannot name it.",
        discussion: """
            Example:
              tedi artifact rm 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
            """)

    @Argument(help: "SHA-256 of the artifact.") var digest: String
    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let digest = try ArtifactName.plain(digest)
        try await connection.withClient { try await $0.deleteArtifact(digest) }
        Console.current.print("sha256:\(digest) is given up")
    }
}

/// Names of artifacts on the command line.
enum ArtifactName {
    /// The digest, with or without `sha256:` before it.
    static func plain(_ text: String) throws -> String {
        let digest = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        guard InputText.isDigest(digest) else {
            throw ValidationError("an artifact is named by 64 lower-case hexadecimal digits")
        }
        return digest
    }

    /// The bytes of what a text names, which may be a word about a job.
    static func read(
        _ text: String, of job: Int64?, by client: TediClient
    ) async throws -> (digest: String, bytes: Data) {
        let digest = try await digest(text, of: job, by: client)
        // Manifests are kept with their jobs.
        if let job, text == "manifest" { return (digest, try await client.manifest(of: job)) }
        return (digest, try await client.artifact(digest, of: job))
    }

    private static func digest(_ text: String, of job: Int64?, by client: TediClient) async throws -> String {
        guard let job, !InputText.isDigest(text), !text.hasPrefix("sha256:") else { return try plain(text) }
        let view = try await client.job(job)
        let named: [String: String?] = [
            "image": view.result?.image, "code": view.result?.code, "manifest": view.result?.manifest,
            "preview": view.progress?.preview, "losses": view.progress?.curve,
        ]
        let output = view.result?.outputs?.first { $0.name == text }?.digest
        guard let digest = output ?? named[text] ?? nil else {
            let outputs = (view.result?.outputs ?? []).prefix(20).map(\.name)
            let known = named.filter { $0.value != nil }.keys.sorted() + outputs
            throw CommandError.badInput(
                "job \(job) has no \(text.prefix(80))",
                remedy: known.isEmpty ? "It is \(view.state.rawValue)." : "It has: \(known.joined(separator: ", ")).")
        }
        return digest
    }

    /// A source of a job as people name it: the number of a job, a reference, or a file.
    static func source(_ text: String) -> String {
        Int64(text).map { "job:\($0)" } ?? text
    }
}
