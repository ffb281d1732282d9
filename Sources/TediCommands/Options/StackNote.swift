import Foundation

/// What `tedi up` notes in the state folder for later commands.
package struct StackNote: Codable, Equatable, Sendable {
    /// Address of the coordinator; empty until it has listened for the first time.
    package var api: String
    /// Folder of the workers' model pack.
    package var pack: String
    /// SHA-256 of its `pack.json`.
    package var packDigest: String
    /// Worker processes.
    package var workers: Int
    /// Threads of one tensor operation of a worker.
    package var threads: Int
    /// Pictures in one forward pass.
    package var batch: Int

    package init(
        api: String, pack: String, packDigest: String, workers: Int, threads: Int, batch: Int
    ) {
        self.api = api
        self.pack = pack
        self.packDigest = packDigest
        self.workers = workers
        self.threads = threads
        self.batch = batch
    }

    /// Address of the coordinator; nil where none has listened yet.
    package var address: String? { api.isEmpty ? nil : api }

    /// The note of a folder; nil where there is none or it makes no sense.
    package static func read(from folder: StateFolder) -> StackNote? {
        guard let data = FileManager.default.contents(atPath: folder.note), data.count <= 64 << 10,
            let note = try? JSONDecoder().decode(StackNote.self, from: data),
            StackOptions.workerRange.contains(note.workers), StackOptions.threadRange.contains(note.threads),
            StackOptions.batchRange.contains(note.batch)
        else { return nil }
        return note
    }

    package func write(to folder: StateFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: folder.note), options: .atomic)
    }
}
