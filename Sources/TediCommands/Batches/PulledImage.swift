package import JobAPI

/// One line of `metadata.jsonl`: an image in the folder and how it came to be.
package struct PulledImage: Codable, Sendable, Equatable {
    package let file: String
    package let batch: Int64
    package let job: Int64
    package let line: Int
    package let sample: Int
    package let customID: String?
    package let caption: String
    package let seed: UInt64
    package let digest: String
    package let code: String
    package let pack: String?
    package let width: Int
    package let height: Int

    private enum CodingKeys: String, CodingKey {
        case file, batch, job, line, sample, caption, seed, digest, code, pack, width, height
        case customID = "custom_id"
    }

    /// An image of a job that succeeded; refuses numbers and digests that would make a strange path.
    package init(_ job: JobView) throws(CommandError) {
        guard let result = job.result, job.line > 0, job.sample >= 0, Self.isDigest(result.image) else {
            throw .failed(
                "the coordinator's answer about job \(job.id) makes no sense", remedy: "See: tedi job show \(job.id)")
        }
        let number = String(job.line)
        file = String(repeating: "0", count: max(6 - number.count, 0)) + "\(number)-\(job.sample).png"
        batch = job.batch
        self.job = job.id
        line = job.line
        sample = job.sample
        customID = job.customID
        caption = job.request.caption
        seed = job.request.seed
        digest = result.image
        code = result.code
        pack = result.pack
        width = result.width
        height = result.height
    }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
