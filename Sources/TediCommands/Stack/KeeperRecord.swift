import Foundation
import Glibc

/// Says in the state folder which `tedi up --foreground` looks after the stack.
///
/// To look after it, a keeper has to find itself here, so that `tedi down` ends any keeper by removing the record: that
/// reaches one that is suspended, and it cannot start again what was stopped.
package struct KeeperRecord: Sendable {
    private let folder: StateFolder
    private static let name = "keeper"

    package init(in folder: StateFolder) {
        self.folder = folder
    }

    /// The keeper; nil if there is none or it has died.
    package var holder: Daemon? { Daemon.running(Self.name, in: folder.path) }

    /// Whether this process is the keeper.
    package var isOurs: Bool { holder?.pid == getpid() }

    /// Makes this process the keeper; call it under the stack's lock.
    package func take() throws(CommandError) {
        if let holder, holder.pid != getpid() {
            throw .failed(
                "a tedi up --foreground (process \(holder.pid)) looks after this stack already",
                remedy: "End that with Ctrl-C or with tedi down, or leave --foreground out.")
        }
        try Daemon(name: Self.name, pid: getpid(), startTicks: Daemon.startTicks(of: getpid()) ?? 0)
            .note(in: folder.path)
    }

    /// Leaves the stack without a keeper.
    package func remove() { unlink("\(folder.path)/\(Self.name).json") }
}
