import Client
import Foundation
package import JobAPI

/// Downloads the images of a batch into a folder.
struct BatchPull: Sendable {
    let batch: Int64
    let folder: String
    let parallel: Int

    /// What is in the folder afterwards.
    struct Result: Sendable {
        var batch: BatchView
        /// In the order of lines and samples.
        var images: [PulledImage]
        var summary: Summary
        let folder: String
    }

    /// The same in numbers.
    struct Summary: Encodable, Sendable {
        let batch: Int64
        let folder: String
        /// Images in the folder.
        let images: Int
        /// Images that the batch will have when it is finished.
        let total: Int
        /// Images that were there before.
        let kept: Int
        var sheet: String?
    }

    /// Downloads what is missing and writes `metadata.jsonl`.
    func run(by client: TediClient) async throws -> Result {
        let view = try await client.batch(batch)
        try makeFolder()
        var images: [PulledImage] = []
        var kept = 0
        var cursor: String?
        repeat {
            let page = try await client.jobs(
                of: batch, cursor: cursor, limit: Limits.maximumPageSize, state: .succeeded)
            let wanted = try page.jobs.map { try PulledImage($0) }
            kept += try await download(wanted, done: images.count, of: view.counts.succeeded, by: client)
            images += wanted
            cursor = page.next
        } while cursor != nil
        Console.current.clearProgress()
        try writeMetadata(images)
        let summary = Summary(
            batch: batch, folder: folder, images: images.count, total: view.counts.total, kept: kept)
        return Result(batch: view, images: images, summary: summary, folder: folder)
    }

    /// Downloads one page of images, several at a time.
    /// - Returns: How many were there already.
    private func download(
        _ images: [PulledImage], done before: Int, of total: Int, by client: TediClient
    ) async throws -> Int {
        let console = Console.current
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            var kept = 0
            var done = before
            var rest = images[...]
            for image in rest.prefix(parallel) { group.addTask { try await fetch(image, by: client) } }
            rest = rest.dropFirst(parallel)
            // One in for each one out: the number of open requests stays the same.
            while let wasThere = try await group.next() {
                kept += wasThere ? 1 : 0
                done += 1
                console.progress(
                    ProgressLine.counted(
                        name: "downloading", done: done, of: max(total, done), unit: "images", columns: console.columns)
                )
                if let next = rest.popFirst() { group.addTask { try await fetch(next, by: client) } }
            }
            return kept
        }
    }

    /// Downloads an image unless it is there; true if it was.
    private func fetch(_ image: PulledImage, by client: TediClient) async throws -> Bool {
        let path = "\(folder)/\(image.file)"
        if let there = FileManager.default.contents(atPath: path), TediClient.digest(of: there) == image.digest {
            return true
        }
        try await client.save(artifact: image.digest, to: path)
        return false
    }

    private func makeFolder() throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw CommandError.failed(
                "cannot make the folder \(folder): \(error.localizedDescription)",
                remedy: "Choose one that you may write to.")
        }
    }

    private func writeMetadata(_ images: [PulledImage]) throws {
        var lines = Data()
        for image in images {
            lines += try WireFormat.encode(image)
            lines.append(UInt8(ascii: "\n"))
        }
        let path = "\(folder)/metadata.jsonl"
        do {
            try lines.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ClientError.file(path: path, reason: error.localizedDescription)
        }
    }
}

/// One line of `metadata.jsonl`: an image in the folder and how it came to be.
package struct PulledImage: Codable, Sendable, Equatable {
    package let file: String
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
        case file, job, line, sample, caption, seed, digest, code, pack, width, height
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
