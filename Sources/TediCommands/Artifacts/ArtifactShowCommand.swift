import ArgumentParser
import Client
import Foundation
import JobAPI

/// `tedi artifact show`.
struct ArtifactShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what an artifact is, or how what a job made came to be.",
        discussion: """
            Example:
              tedi artifact show 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 --job 2801
              tedi artifact show --job 2801
            """)

    @Argument(help: "SHA-256 of the artifact.") var digest: String?
    @Option(help: "A job that made it; alone, the provenance of all that it made.") var job: Int64?
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard digest != nil || job != nil else { throw ValidationError("name an artifact, or a job with --job") }
    }

    func run() async throws {
        let (text, job) = (digest, job)
        let console = Console.current
        if let text {
            let description = try await connection.withClient { client in
                let (digest, bytes) = try await ArtifactName.read(text, of: job, by: client)
                return ArtifactDescription(digest: digest, bytes: bytes)
            }
            guard output.format == .table else { return try console.printJSON(description, format: output.format) }
            console.print(pairs: description.rows)
        } else if let job {
            let origin = try await connection.withClient { try await Provenance.of(job: job, by: $0) }
            guard output.format == .table else { return try console.printJSON(origin, format: output.format) }
            for line in origin.tree.render() { console.print(line) }
        }
    }
}

/// What some bytes are.
struct ArtifactDescription: Encodable, Sendable {
    let digest: String
    let bytes: Int
    /// Such as `PNG`.
    let type: String
    /// In pixels, of a picture.
    var width: Int?
    /// In pixels, of a picture.
    var height: Int?
    /// Layers and width of a latent code.
    var shape: [Int]?
    /// Lines of a text.
    var lines: Int?

    init(digest: String, bytes: Data) {
        self.digest = digest
        self.bytes = bytes.count
        switch InputType(bytes.prefix(InputType.headLength)) {
        case .png:
            type = "PNG"
            // The first chunk begins behind the signature, its length and its name.
            if bytes.count >= 24 {
                width = Self.number(bytes.dropFirst(16).prefix(4))
                height = Self.number(bytes.dropFirst(20).prefix(4))
            }
        case .jpeg: type = "JPEG"
        case .code:
            type = "latent code"
            shape = Self.shape(of: bytes)
        case .lines:
            let count = bytes.count { $0 == UInt8(ascii: "\n") }
            type = count > 1 ? "JSON lines" : "JSON"
            if count > 1 { lines = count }
        case nil: type = "unknown"
        }
    }

    private static func number(_ bytes: Data) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

    /// The shape of the first tensor in the header.
    private static func shape(of bytes: Data) -> [Int]? {
        let length = number(Data(bytes.prefix(8).reversed()))
        guard length > 0, length <= bytes.count - 8,
            let header = try? JSONSerialization.jsonObject(with: bytes.dropFirst(8).prefix(length)) as? [String: Any]
        else { return nil }
        return header.sorted { $0.key < $1.key }.lazy.compactMap { ($0.value as? [String: Any])?["shape"] as? [Int] }
            .first
    }

    var rows: [(String, String)] {
        var rows = [("artifact", "sha256:\(digest)"), ("type", type), ("size", "\(bytes) bytes")]
        if let width, let height { rows.append(("pixels", "\(width) x \(height)")) }
        if let shape { rows.append(("shape", shape.map(String.init).joined(separator: " x "))) }
        if let lines { rows.append(("lines", "\(lines)")) }
        return rows
    }
}
