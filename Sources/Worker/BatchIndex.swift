import Foundation
import TediGAN

/// The list of a finished batch, one JSON object for each picture: `{"caption": "…", "image": "<SHA-256>"}`.
///
/// The digest may also stand under `digest`, as in the `metadata.jsonl` of `tedi batch pull`, and may begin with
/// `sha256:`. Other fields are passed over, and so are lines without a picture, as of jobs that failed.
struct BatchIndex: Sendable, Hashable {
    /// Lines that are read at most.
    static let limit = 200_000

    /// One picture.
    struct Line: Sendable, Hashable {
        /// What it was made of; empty where nothing is said.
        let caption: String
        /// SHA-256 of the picture, 64 lower-case hexadecimal digits.
        let image: String
    }

    /// The lines with a picture, in order.
    let lines: [Line]

    init(_ bytes: [UInt8]) throws(TediGANError) {
        var lines: [Line] = []
        for (number, text) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            guard !text.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) else { continue }
            guard number < Self.limit else { throw .invalid("the index has more than \(Self.limit) lines") }
            let fields: Fields
            do {
                fields = try JSONDecoder().decode(Fields.self, from: Data(text))
            } catch {
                throw .invalid(
                    "line \(number + 1) of the index is no JSON object with a caption and a picture's digest")
            }
            guard let given = fields.image ?? fields.digest else { continue }
            let digest = given.hasPrefix("sha256:") ? String(given.dropFirst(7)) : given
            guard digest.utf8.count == 64, digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else { throw .invalid("line \(number + 1) of the index: “\(digest.prefix(80))” is no SHA-256") }
            lines.append(Line(caption: fields.caption ?? "", image: digest))
        }
        guard !lines.isEmpty else { throw .invalid("the index names no picture") }
        self.lines = lines
    }

    private struct Fields: Decodable {
        let caption: String?
        let image: String?
        let digest: String?
    }
}
