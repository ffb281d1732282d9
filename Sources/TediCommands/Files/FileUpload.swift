import Client
import Foundation
import Reporting

/// Puts local files into the store, each content once, and leaves out what is there.
struct FileUpload: Sendable {
    /// What came of it.
    struct Receipt: Sendable {
        /// SHA-256 of each file, in their order.
        var digests: [String] = []
        /// Contents that were sent.
        var sent = 0
        /// Contents that were there.
        var kept = 0
        /// Bytes that were sent.
        var bytes = 0
    }

    /// Files that are read at the same time; each may be as long as an artifact.
    private static let readers = 4
    /// Requests at the same time.
    private static let requests = 8

    let paths: [String]

    /// Reads, asks and sends.
    func run(by client: TediClient) async throws -> Receipt {
        var receipt = Receipt()
        receipt.digests = try await digests()
        var paths: [String: String] = [:]
        for (digest, path) in zip(receipt.digests, self.paths) where paths[digest] == nil { paths[digest] = path }
        let contents = paths.map { Content(digest: $0.key, path: $0.value) }.sorted { $0.path < $1.path }
        let meter = meter("uploading", of: contents.count)
        var done = 0
        try await inParallel(contents, width: Self.requests) { content in
            if try await client.hasArtifact(content.digest) { return 0 }
            let bytes = try await blocking { try Self.read(content.path) }
            guard TediClient.digest(of: bytes) == content.digest else {
                throw CommandError.failed(
                    "\(content.path) was changed while it was being read",
                    remedy: "Submit again. Nothing was submitted.")
            }
            try await client.uploadArtifact(bytes)
            return bytes.count
        } then: { _, count in
            done += 1
            if count == 0 { receipt.kept += 1 } else { receipt.sent += 1 }
            receipt.bytes += count
            meter(done)
        }
        Console.current.clearProgress()
        return receipt
    }

    private struct Content: Sendable {
        let digest: String
        let path: String
    }

    private func digests() async throws -> [String] {
        let meter = meter("reading", of: paths.count)
        var digests = [String](repeating: "", count: paths.count)
        var done = 0
        let paths = paths
        try await inParallel(Array(paths.indices), width: Self.readers) { index in
            try await blocking { TediClient.digest(of: try Self.read(paths[index])) }
        } then: { index, digest in
            digests[index] = digest
            done += 1
            meter(done)
        }
        return digests
    }

    private static func read(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw CommandError.badInput(
                "cannot read \(path): \(error.localizedDescription)", remedy: "Nothing was submitted.")
        }
    }

    private func meter(_ name: String, of total: Int) -> (Int) -> Void {
        let console = Console.current
        return { done in
            console.progress(
                ProgressLine.counted(name: name, done: done, of: total, unit: "files", columns: console.columns))
        }
    }
}
