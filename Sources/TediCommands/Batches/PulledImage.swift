package import JobAPI

/// One line of `metadata.jsonl`: an image in the folder and how it came to be.
package struct PulledImage: Codable, Sendable, Equatable {
    /// Another file of the same job.
    package struct Output: Codable, Sendable, Equatable {
        /// Path in the folder.
        package let file: String
        package let digest: String
    }

    package let file: String
    package let batch: Int64
    package let job: Int64
    package let line: Int
    package let sample: Int
    package let customID: String?
    package let kind: BatchKind?
    package let caption: String
    package let seed: UInt64
    package let digest: String
    package let code: String
    package let pack: String?
    package let width: Int
    package let height: Int
    /// Frames, animations, reports: files beside the image; absent where there are none.
    package let outputs: [Output]?
    /// What was measured, by name.
    package let scores: [String: Double]?

    private enum CodingKeys: String, CodingKey {
        case file, batch, job, line, sample, kind, caption, seed, digest, code, pack, width, height, outputs, scores
        case customID = "custom_id"
    }

    /// An image of a job that succeeded; refuses numbers, digests and names that would make a strange path.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - hasOutputs: Whether its other files are wanted too.
    ///   - hasCode: Whether its code is wanted as a file.
    package init(_ job: JobView, hasOutputs: Bool = false, hasCode: Bool = false) throws(CommandError) {
        guard let result = job.result, job.line > 0, job.sample >= 0, InputText.isDigest(result.image) else {
            throw Self.nonsense(job)
        }
        let number = String(job.line)
        let stem = String(repeating: "0", count: max(6 - number.count, 0)) + "\(number)-\(job.sample)"
        file = "\(stem).png"
        batch = job.batch
        self.job = job.id
        line = job.line
        sample = job.sample
        customID = job.customID
        kind = job.request.kind
        caption = job.request.caption
        seed = job.request.seed
        digest = result.image
        code = result.code
        pack = result.pack
        width = result.width
        height = result.height
        scores = result.scores
        var files: [Output] = []
        if hasCode {
            guard InputText.isDigest(result.code) else { throw Self.nonsense(job) }
            // The code of an evaluation is its report.
            let ending = job.request.kind == .evaluate ? "json" : "safetensors"
            files.append(Output(file: "\(stem).\(ending)", digest: result.code))
        }
        for output in hasOutputs ? result.outputs ?? [] : [] {
            guard Self.isName(output.name), InputText.isDigest(output.digest) else { throw Self.nonsense(job) }
            files.append(Output(file: "\(stem)/\(output.name)", digest: output.digest))
        }
        outputs = files.isEmpty ? nil : files
    }

    private static func nonsense(_ job: JobView) -> CommandError {
        .failed("the coordinator's answer about job \(job.id) makes no sense", remedy: "See: tedi job show \(job.id)")
    }

    private static func isName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.first != UInt8(ascii: ".")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
    }

    /// Every file of the job that belongs into the folder.
    var files: [PulledFile] {
        [PulledFile(file: file, digest: digest, job: job, isImage: true)]
            + (outputs ?? []).map { PulledFile(file: $0.file, digest: $0.digest, job: job, isImage: false) }
    }
}

/// A file that belongs into the folder.
struct PulledFile: Sendable {
    /// Path in the folder.
    let file: String
    let digest: String
    let job: Int64
    /// Whether it is the image, not one of the other outputs.
    let isImage: Bool
}
