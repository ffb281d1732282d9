import ArgumentParser
import Foundation

/// `tedi down`.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stops the private stack; nothing is lost.",
        discussion: """
            Workers finish the images that they compute, the coordinator records them, the servers write everything to \
            disk. A tedi up --foreground ends as well. tedi up goes on where this stops, with the same pack, workers, \
            threads and batch. Root stops the stack as the user that owns it.

            Example:
              tedi down
              tedi down --state /srv/tedi
            """)

    @OptionGroup var state: StateOptions

    func run() async throws {
        let folder = try state.folder()
        let console = Console.current
        guard folder.hasStack else { return console.note("nothing runs: there is no stack in \(folder.path)") }
        try UnprivilegedUser.becomeOwner(of: folder)
        // Before the lock is asked for, because a keeper may hold it for a restart, which this ends.
        let keeper = KeeperRecord(in: folder)
        if let holder = keeper.holder { console.note("tedi up --foreground (process \(holder.pid)) will end") }
        keeper.remove()
        console.progress("stopping the stack …")
        let lock = try await StackLock.take(in: folder)
        defer { lock.release() }
        // Of one that began while this waited.
        keeper.remove()
        console.progress("stopping the stack …")
        let stopped = try await Stack(folder, environment: console.environment).stop()
        console.note(stopped.isEmpty ? "nothing ran in \(folder.path)" : "stopped \(stopped.joined(separator: ", "))")
    }
}
