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

    /// Whether a stack was ever begun here.
    var hasStack: Bool {
        [note, lock].contains { FileManager.default.fileExists(atPath: $0) }
    }

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
