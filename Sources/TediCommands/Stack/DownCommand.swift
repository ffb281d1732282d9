import ArgumentParser
import Foundation

/// `tedi down`.
struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stops the private stack; nothing is lost.",
        discussion: """
            Workers finish the images that they compute, the coordinator records them, the servers write everything to \
            disk. tedi up goes on where this stops.

            Example:
              tedi down
              tedi down --state /srv/tedi
            """)

    @OptionGroup var state: StateOptions

    func run() async throws {
        let folder = try state.folder()
        let console = Console.current
        guard FileManager.default.fileExists(atPath: folder.path) else {
            return console.note("nothing runs: there is no stack in \(folder.path)")
        }
        console.progress("stopping the stack …")
        let stopped = try await Stack(folder, environment: console.environment).stop()
        console.note(stopped.isEmpty ? "nothing ran in \(folder.path)" : "stopped \(stopped.joined(separator: ", "))")
    }
}
