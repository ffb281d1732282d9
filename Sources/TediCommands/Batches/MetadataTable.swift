import Client
import Foundation
import JobAPI

/// `metadata.csv`: the same as `metadata.jsonl` for spreadsheets, one column for each score.
struct MetadataTable {
    private static let scores = ["similarity", "identity", "drift", "artefact", "loss"]
    private static let columns = [
        "file", "batch", "job", "line", "sample", "custom_id", "kind", "caption", "seed", "digest", "code",
    ]

    private var text = (columns + scores).joined(separator: ",") + "\r\n"

    mutating func append(_ image: PulledImage) {
        let values = [
            image.file, "\(image.batch)", "\(image.job)", "\(image.line)", "\(image.sample)", image.customID ?? "",
            (image.kind ?? .generate).rawValue, image.caption, "\(image.seed)", image.digest, image.code,
        ]
        let scores = Self.scores.map { name in image.scores?[name].map { "\($0)" } ?? "" }
        text += (values + scores).map(Self.quoted).joined(separator: ",") + "\r\n"
    }

    func write(in folder: String) throws(ClientError) {
        let path = "\(folder)/metadata.csv"
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .file(path: path, reason: error.localizedDescription)
        }
    }

    private static func quoted(_ value: String) -> String {
        guard value.utf8.contains(where: { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }) else { return value }
        return "\"" + value.replacing("\"", with: "\"\"") + "\""
    }
}
