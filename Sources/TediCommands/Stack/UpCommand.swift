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
            interface. What runs already is kept, what is missing is started. Pack, workers, threads and batch that \
            are not given are those of the last run in the folder. Root's stack runs as an unprivileged user \
            (TEDI_USER, else the owner of the stack that is there, else tedi, postgres or nobody).

            Example:
              tedi up
              tedi up --workers 4 --pack packs/ffhq-256 --state /srv/tedi
              tedi up --foreground        (ends with Ctrl-C or tedi down; restarts what dies)
            """)

    @Option(help: "Worker processes. (default: as the last time, else 2, but no more than there are cores)")
    var workers: Int?

    @Option(
        help: ArgumentHelp(
            "Model pack of the workers [TEDI_PACK]. (default: as the last time, else the one that is found)",
            valueName: "folder"))
    var pack: String?

    @Option(help: "Threads of each worker. (default: as the last time, else the cores shared out)")
    var threads: Int?

    @Option(help: "Pictures in one forward pass. (default: as the last time, else 16)")
    var batch: Int?

    @Option(help: "Port of the coordinator. (default: as the last time, else 8080, or a free one if that is taken)")
    var port: UInt16?

    @Flag(help: "Stay, restart what dies, and stop everything on Ctrl-C.")
    var foreground = false

    @OptionGroup var state: StateOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard workers.map(StackOptions.workerRange.contains) ?? true else {
            throw ValidationError("--workers must be from 0 to 256")
        }
        guard threads.map(StackOptions.threadRange.contains) ?? true else {
            throw ValidationError("--threads must be from 1 to 1024")
        }
        guard batch.map(StackOptions.batchRange.contains) ?? true else {
            throw ValidationError("--batch must be from 1 to 256")
        }
        guard port != 0 else { throw ValidationError("--port must be from 1 to 65535; leave it out to get a free one") }
    }

    func run() async throws {
        let folder = try state.folder()
        let preparation = StackPreparation(folder: folder, environment: Console.current.environment)
        let options = StackOptions(workers: workers, pack: pack, threads: threads, batch: batch, port: port)
        let start = try preparation.start(options)
        let keeper = foreground ? StackKeeper(start) : nil
        let format = output.format
        let ending = try await withInterrupts {
            let result = try await Self.bringUp(start, keeper: keeper)
            try Self.report(result, folder: folder, format: format)
            return await keeper?.run()
        }
        guard let keeper, let ending else { return }
        let console = Console.current
        guard ending == .interrupted else { return console.note("tedi down stops the stack") }
        console.progress("stopping the stack …")
        let stopped = try await keeper.end()
        console.note(stopped.isEmpty ? "nothing ran any more" : "stopped \(stopped.joined(separator: ", "))")
    }

    private static func bringUp(_ start: StackStart, keeper: StackKeeper?) async throws -> StackStart.Result {
        let lock = try await StackLock.take(in: start.stack.folder)
        defer { lock.release() }
        try keeper?.begin()
        do throws(CommandError) {
            return try await start.run(stopsOnFailure: keeper != nil)
        } catch {
            keeper?.retire()
            throw error
        }
    }

    private static func report(_ result: StackStart.Result, folder: StateFolder, format: OutputFormat) throws {
        let console = Console.current
        console.clearProgress()
        let note = result.note
        guard format == .table else {
            return try console.printJSON(
                Report(
                    api: note.api, state: folder.path, pack: note.pack, workers: note.workers, threads: note.threads,
                    started: result.started, adopted: result.adopted), format: format)
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
