import ArgumentParser
import Client
import Foundation
import JobAPI
import Reporting

/// `tedi worker`.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Lists and shows workers, and tells them what to do.",
        discussion: """
            Example:
              tedi worker ls
              tedi worker drain gpu-3-4711-k2x
            """,
        subcommands: [
            WorkerListCommand.self, WorkerShowCommand.self, WorkerDrainCommand.self, WorkerQuietCommand.self,
            WorkerWorkCommand.self,
        ])
}

/// `tedi worker ls`.
struct WorkerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists the workers that are present.", discussion: "Example:\n  tedi worker ls")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let workers = try await connection.withClient { try await $0.workers() }
        let console = Console.current
        guard output.output == .table else { return try console.printJSON(list: workers, format: output.output) }
        guard !workers.isEmpty else { return console.note("no worker is present; start some with: tedi up") }
        for line in Self.table(workers, now: .now).render() { console.print(line) }
    }

    static func table(_ workers: [WorkerView], now: Date) -> Table {
        var table = Table([
            .left("NAME"), .left("POOL"), .left("DEVICE"), .right("BATCH"), .left("MODELS"), .left("ORDER"),
            .right("SEEN"), .left("VERSION"),
        ])
        for worker in workers {
            table.add([
                worker.name, worker.pool, worker.device, "\(worker.capacity)", worker.models.joined(separator: ","),
                worker.order, "\(max(0, Int(now.timeIntervalSince(worker.seenAt)))) s ago", worker.version,
            ])
        }
        return table
    }
}

/// `tedi worker show`.
struct WorkerShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a worker, and the jobs that it has.",
        discussion: "Example:\n  tedi worker show gpu-3-4711-k2x")

    @Argument(help: "Name of the worker.") var name: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let worker = try await connection.withClient { try await $0.worker(name) }
        guard output.output == .table else { return try Console.current.printJSON(worker, format: output.output) }
        Console.current.print(pairs: [
            ("worker", worker.name), ("host", worker.host), ("pool", worker.pool), ("device", worker.device),
            ("memory", worker.memory > 0 ? "\(worker.memory) MiB" : "not known"),
            ("images of a pass", "\(worker.capacity)"), ("models", worker.models.joined(separator: ", ")),
            ("version", worker.version), ("order", worker.order), ("seen", Times.short(worker.seenAt)),
            ("jobs", Self.jobs(of: worker)),
        ])
    }

    /// The jobs of a worker, or why they are not shown.
    static func jobs(of worker: WorkerView) -> String {
        guard let jobs = worker.jobs else {
            return worker.jobsMissing == "denied"
                ? "not shown: that takes the key of an administrator who acts for no tenant"
                : "not known: Redis does not answer"
        }
        guard !jobs.isEmpty else { return "none" }
        return jobs.prefix(20).map(String.init).joined(separator: " ")
            + (jobs.count > 20 ? " and \(jobs.count - 20) more" : "")
    }
}

/// `tedi worker drain`.
struct WorkerDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Lets a worker finish what it has begun and end.",
        discussion: """
            What it has claimed and not begun goes to others at once; no attempt is counted for it.

            Example:
              tedi worker drain gpu-3-4711-k2x
            """)

    @Argument(help: "Name of the worker.") var name: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let worker = try await connection.withClient { try await $0.order("drain", worker: name) }
        try output.show(worker) { "\($0.name) drains and ends; it hears of it within three seconds" }
    }
}

/// `tedi worker quiet`.
struct WorkerQuietCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quiet", abstract: "Lets a worker claim nothing more until it is told to work again.",
        discussion: "Example:\n  tedi worker quiet gpu-3-4711-k2x")

    @Argument(help: "Name of the worker.") var name: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let worker = try await connection.withClient { try await $0.order("quiet", worker: name) }
        try output.show(worker) { "\($0.name) claims nothing more; go on with: tedi worker work \($0.name)" }
    }
}

/// `tedi worker work`.
struct WorkerWorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work", abstract: "Lets a quiet worker claim again.",
        discussion: "Example:\n  tedi worker work gpu-3-4711-k2x")

    @Argument(help: "Name of the worker.") var name: String
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let worker = try await connection.withClient { try await $0.order("work", worker: name) }
        try output.show(worker) { "\($0.name) works" }
    }
}
