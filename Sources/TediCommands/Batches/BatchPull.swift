import Client
import Foundation
import JobAPI
import Reporting

/// Downloads the images of a batch into a folder.
struct BatchPull: Sendable {
    let batch: Int64
    let folder: String
    let parallel: Int
    /// Whether files of others may be replaced.
    var force = false
    /// Most captions to remember for a contact sheet; none is wanted where it is 0.
    var sheetCaptions = 0

    /// What is in the folder afterwards.
    struct Result: Sendable {
        var batch: BatchView
        var sheet: SheetSelection
        var summary: Summary
    }

    /// The same in numbers.
    struct Summary: Encodable, Sendable {
        let batch: Int64
        let folder: String
        /// Images in the folder.
        var images = 0
        /// Images that the batch will have when it is finished.
        let total: Int
        /// Images that were there before.
        var kept = 0
        var sheet: String?
    }

    /// Downloads what is missing and writes `metadata.jsonl`; a million images need no more memory than a page of them.
    func run(by client: TediClient) async throws -> Result {
        let view = try await client.retrying(.brief).batch(batch)
        // It is there; if it falls silent now, it is being restarted.
        let client = client.retrying(.persistent)
        try makeFolder()
        if !force { try MetadataFile.refuse(others: batch, in: folder) }
        var metadata = try MetadataFile(in: folder)
        var result = Result(
            batch: view, sheet: SheetSelection(captions: sheetCaptions),
            summary: Summary(batch: batch, folder: folder, total: view.counts.total))
        var cursor: String?
        repeat {
            let page = try await client.jobs(
                of: batch, cursor: cursor, limit: Limits.maximumPageSize, state: .succeeded)
            let images = try page.jobs.map { try PulledImage($0) }
            let missing = try await missing(among: images)
            try await download(
                missing, done: result.summary.images + images.count - missing.count, of: view.counts.succeeded,
                by: client)
            for image in images {
                try metadata.append(image)
                result.sheet.add(image)
            }
            result.summary.images += images.count
            result.summary.kept += images.count - missing.count
            cursor = page.next
        } while cursor != nil
        Console.current.clearProgress()
        try metadata.commit()
        return result
    }

    /// Those of the images that have to be downloaded; refuses to overwrite a file with another content.
    private func missing(among images: [PulledImage]) async throws -> [PulledImage] {
        var missing: [PulledImage] = []
        try await forEach(of: images) { image in
            let path = "\(folder)/\(image.file)"
            guard FileManager.default.fileExists(atPath: path) else { return true }
            let there = FileManager.default.contents(atPath: path)
            if let there, TediClient.digest(of: there) == image.digest { return false }
            guard force else {
                throw CommandError.badInput(
                    "\(path) is there already, but is not the image of batch \(batch); it was left as it is",
                    remedy: "Choose another folder, or overwrite what is there with --force.")
            }
            return true
        } then: { image, isMissing in
            if isMissing { missing.append(image) }
        }
        return missing
    }

    /// Downloads images of one page.
    private func download(
        _ images: [PulledImage], done before: Int, of total: Int, by client: TediClient
    ) async throws {
        let console = Console.current
        var done = before
        try await forEach(of: images) { image in
            try await client.save(artifact: image.digest, of: image.job, to: "\(folder)/\(image.file)")
            return true
        } then: { _, _ in
            done += 1
            console.progress(
                ProgressLine.counted(
                    name: "downloading", done: done, of: max(total, done), unit: "images", columns: console.columns))
        }
    }

    /// Does something for each image, several at a time.
    private func forEach(
        of images: [PulledImage], _ work: @escaping @Sendable (PulledImage) async throws -> Bool,
        then finish: (PulledImage, Bool) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (PulledImage, Bool).self) { group in
            var rest = images[...]
            for image in rest.prefix(parallel) { group.addTask { (image, try await work(image)) } }
            rest = rest.dropFirst(parallel)
            // One in for each one out: the number of open requests stays the same.
            while let (image, result) = try await group.next() {
                finish(image, result)
                if let next = rest.popFirst() { group.addTask { (next, try await work(next)) } }
            }
        }
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
}
