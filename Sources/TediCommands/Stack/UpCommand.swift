import ArgumentParser
import Foundation
import Glibc

/// `tedi up`.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Starts a private stack: PostgreSQL, Redis, a coordinator and workers.",
        discussion: """
            Everything lives in one folder; the servers listen on Unix sockets only, the coordinator on the loopback \
            interface. What runs already is kept, what is missing is started. Root's stack runs as an unprivileged \
            user (TEDI_USER, else tedi, postgres or nobody).

            Example:
              tedi up
              tedi up --workers 4 --pack packs/ffhq-256 --state /srv/tedi
              tedi up --foreground        (ends with Ctrl-C; restarts what dies)
            """)

    @Option(help: "Worker processes. (default: 2, but no more than there are cores)")
    var workers: Int?

    @Option(help: ArgumentHelp("Model pack of the workers [TEDI_PACK].", valueName: "folder"))
    var pack: String?

    @Option(help: "Threads of each worker. (default: the cores shared out)")
    var threads: Int?

    @Option(help: "Pictures in one forward pass. (default: 16)")
    var batch: Int?

    @Option(help: "Port of the coordinator. (default: 8080, or a free one if that is taken)")
    var port: UInt16?

    @Flag(help: "Stay, restart what dies, and stop everything on Ctrl-C.")
    var foreground = false

    @OptionGroup var state: StateOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard workers.map((0...256).contains) ?? true else { throw ValidationError("--workers must be from 0 to 256") }
        guard threads.map((1...1024).contains) ?? true else {
            throw ValidationError("--threads must be from 1 to 1024")
        }
        guard batch.map((1...256).contains) ?? true else { throw ValidationError("--batch must be from 1 to 256") }
        guard port != 0 else { throw ValidationError("--port must be from 1 to 65535; leave it out to get a free one") }
    }

    func run() async throws {
        let folder = try state.folder()
        let preparation = StackPreparation(folder: folder, environment: Console.current.environment)
        let options = StackOptions(workers: workers, pack: pack, threads: threads, batch: batch, port: port)
        let start = try await preparation.start(options)
        let stays = foreground
        let result = try await withInterrupts {
            let lock = try await preparation.lock()
            defer { lock.release() }
            do {
                return try await start.run()
            } catch let error as CommandError where start.stack.runsAnything {
                throw CommandError(error.status, error.lines + ["  What runs is left running; stop it with: tedi down"])
            }
        }
        try report(result, folder: folder)
        guard stays else { return }
        try await withInterrupts { await StackKeeper(start).run() }
        let stopped = try await start.stack.stop()
        Console.current.note("stopped \(stopped.joined(separator: ", "))")
    }

    private func report(_ result: StackStart.Result, folder: StateFolder) throws {
        let console = Console.current
        console.clearProgress()
        let note = result.note
        guard output.format == .table else {
            return try console.printJSON(
                Report(
                    api: note.api, state: folder.path, pack: note.pack, workers: note.workers, threads: note.threads,
                    started: result.started, adopted: result.adopted), format: output.format)
        }
        if !result.started.isEmpty { console.note("started \(result.started.joined(separator: ", "))") }
        if !result.adopted.isEmpty { console.note("was running: \(result.adopted.joined(separator: ", "))") }
        console.print(pairs: [
            ("api", note.api), ("state", folder.path), ("pack", "\(note.pack) (\(note.packDigest.prefix(12)))"),
            ("workers", "\(note.workers) x \(note.threads) thread\(note.threads == 1 ? "" : "s"), batch \(note.batch)"),
            ("logs", folder.logs),
        ])
    }

    private struct Report: Encodable {
        let api: String
        let state: String
        let pack: String
        let workers: Int
        let threads: Int
        let started: [String]
        let adopted: [String]
    }
}
