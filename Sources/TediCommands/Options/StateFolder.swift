import Foundation
import Glibc

/// The folder of a private stack: its servers, artifacts, logs, and the note of where its coordinator listens.
package struct StateFolder: Sendable, Equatable {
    /// Absolute path.
    package let path: String

    package init(_ path: String) {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    }

    var postgres: String { "\(path)/postgres" }
    var redis: String { "\(path)/redis" }
    var artifacts: String { "\(path)/artifacts" }
    var logs: String { "\(path)/log" }
    var processes: String { "\(path)/run" }
    package var note: String { "\(path)/stack.json" }
    var lock: String { "\(path)/up.lock" }
    var addressFile: String { "\(processes)/address" }

    /// The folder that the flag, the variable or the user's habits name, in this order.
    ///
    /// Root's home is closed to the unprivileged user that the stack runs as, so root's folder lies elsewhere.
    package static func locate(
        flag: String?, environment: [String: String], isRoot: Bool = geteuid() == 0
    ) throws(CommandError) -> StateFolder {
        if let named = [flag, environment["TEDI_STATE"]].compactMap({ $0 }).first(where: { !$0.isEmpty }) {
            return StateFolder(named)
        }
        if isRoot { return StateFolder("/var/lib/tedi") }
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return StateFolder("\(data)/tedi") }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw .badInput(
                "there is no home folder to keep the state in", remedy: "Give one with --state or TEDI_STATE.")
        }
        return StateFolder("\(home)/.local/share/tedi")
    }
}

/// What `tedi up` notes in the state folder for later commands.
package struct StackNote: Codable, Equatable, Sendable {
    /// Address of the coordinator.
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

    /// The note of a folder; nil where there is none or it cannot be read.
    package static func read(from folder: StateFolder) -> StackNote? {
        guard let data = FileManager.default.contents(atPath: folder.note), data.count <= 64 << 10 else { return nil }
        return try? JSONDecoder().decode(StackNote.self, from: data)
    }

    package func write(to folder: StateFolder) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(fileURLWithPath: folder.note), options: .atomic)
    }
}
