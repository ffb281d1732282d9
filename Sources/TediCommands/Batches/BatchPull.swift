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
    /// Whether frames, animations and reports are wanted beside the images.
    var outputs = true
    /// Whether the codes are wanted as files.
    var codes = false
    /// Whether a table is wanted beside `metadata.jsonl`.
    var table = false
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
        /// Other files in the folder: frames, animations, reports, codes; absent where there are none.
        var outputs: Int?
        var sheet: String?
    }

    /// Downloads what is missing and writes `metadata.jsonl`; a million images need no more memory than a page of them.
    func run(by client: TediClient) async throws -> Result {
        let view = try await client.retrying(.brief).batch(batch)
        // It is there; if it falls silent now, it is being restarted.
        let client = client.retrying(.persistent)
        try makeFolder(folder)
        if !force { try MetadataFile.refuse(others: batch, in: folder) }
        var metadata = try MetadataFile(in: folder)
        var result = Result(
            batch: view, sheet: SheetSelection(captions: sheetCaptions),
            summary: Summary(batch: batch, folder: folder, total: view.counts.total))
        var table = table ? MetadataTable() : nil
        var cursor: String?
        repeat {
            let page = try await client.jobs(
                of: batch, cursor: cursor, limit: Limits.maximumPageSize, state: .succeeded)
            let images = try page.jobs.map { try PulledImage($0, hasOutputs: outputs, hasCode: codes) }
            let files = images.flatMap(\.files)
            try makeFolders(for: files)
            let missing = try await missing(among: files)
            let missingImages = missing.count { $0.isImage }
            try await download(
                missing, done: result.summary.images + images.count - missingImages, of: view.counts.succeeded,
                by: client)
            for image in images {
                try metadata.append(image)
                table?.append(image)
                result.sheet.add(image)
            }
            result.summary.images += images.count
            result.summary.kept += images.count - missingImages
            let others = files.count - images.count
            if others > 0 { result.summary.outputs = (result.summary.outputs ?? 0) + others }
            cursor = page.next
        } while cursor != nil
        Console.current.clearProgress()
        try metadata.commit()
        try table?.write(in: folder)
        return result
    }

    /// Those of the files that have to be downloaded; refuses to overwrite one with another content.
    private func missing(among files: [PulledFile]) async throws -> [PulledFile] {
        var missing: [PulledFile] = []
        try await inParallel(files, width: parallel) { file in
            let path = "\(folder)/\(file.file)"
            guard FileManager.default.fileExists(atPath: path) else { return true }
            let there = try await blocking { FileManager.default.contents(atPath: path) }
            if let there, TediClient.digest(of: there) == file.digest { return false }
            guard force else {
                throw CommandError.badInput(
                    "\(path) is there already, but is not the \(file.isImage ? "image" : "file") of batch \(batch); "
                        + "it was left as it is",
                    remedy: "Choose another folder, or overwrite what is there with --force.")
            }
            return true
        } then: { file, isMissing in
            if isMissing { missing.append(file) }
        }
        return missing
    }

    /// Downloads files of one page.
    private func download(
        _ files: [PulledFile], done before: Int, of total: Int, by client: TediClient
    ) async throws {
        let console = Console.current
        var done = before
        try await inParallel(files, width: parallel) { file in
            try await client.save(artifact: file.digest, of: file.job, to: "\(folder)/\(file.file)")
        } then: { file, _ in
            if file.isImage { done += 1 }
            console.progress(
                ProgressLine.counted(
                    name: "downloading", done: done, of: max(total, done), unit: "images", columns: console.columns))
        }
    }

    /// Folders for the outputs of jobs that have some.
    private func makeFolders(for files: [PulledFile]) throws {
        for name in Set(files.compactMap { $0.file.split(separator: "/").dropLast().first }) {
            try makeFolder("\(folder)/\(name)")
        }
    }

    private func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError.failed(
                "cannot make the folder \(path): \(error.localizedDescription)",
                remedy: "Choose one that you may write to.")
        }
    }
}
