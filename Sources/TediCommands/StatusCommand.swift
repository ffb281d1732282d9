import ArgumentParser
import Client
import Foundation
import JobAPI
import PrivateStack
import Reporting

/// `tedi status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows how the system does: coordinator, workers, models, jobs, and the private stack.",
        discussion: """
            Example:
              tedi status
              tedi status --output json | jq .status.counts.queued
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console.current
        let address = try connection.address()
        let apiKey = try connection.apiKey()
        let folder = try? connection.state.folder()
        // As root one may not see the stack's processes; as their user one does.
        if let folder { try UnprivilegedUser.becomeOwner(of: folder) }
        let stack = folder.flatMap { LocalStackView(of: $0, api: address, environment: console.environment) }
        var view = SystemView(api: address, stack: stack)
        var failure: ClientError?
        do {
            try await TediClient.connected(to: address, apiKey: apiKey) { client in
                view.status = try await client.status()
                view.workers = try await client.workers()
                view.models = try await client.models()
            }
        } catch let error as ClientError {
            failure = error
        }
        if output.format == .table {
            show(view, on: console)
        } else {
            try console.printJSON(view, format: output.format)
        }
        if let failure { throw failure }
    }

    private func show(_ view: SystemView, on console: Console) {
        var rows = [("api", view.api)]
        if let status = view.status {
            let counts = status.counts
            rows += [
                ("version", status.version),
                ("leader", status.leader.map { "\($0.name), term \($0.term)" } ?? "none at the moment"),
                ("jobs", "\(counts.queued) queued, \(counts.running) running"),
                ("speed", "\(ProgressLine.decimal(status.finishedPerSecond)) images/s"),
                ("in redis", "\(status.window) jobs unclaimed, \(status.pendingFacts) results unrecorded"),
            ]
        }
        for model in view.models ?? [] {
            rows.append(
                (
                    "model",
                    "\(model.name) (\(model.digest.prefix(12))) \(model.resolution) px, \(model.workers) live workers"
                ))
            rows.append(("", "does \(model.kinds.joined(separator: ", "))"))
            if !model.abilities.isEmpty { rows.append(("", "has \(model.abilities.joined(separator: ", "))")) }
        }
        for worker in view.workers ?? [] {
            let models = worker.models.joined(separator: ", ")
            rows.append(("worker", "\(worker.name) \(models), seen \(Times.short(worker.seenAt))"))
        }
        if let stack = view.stack {
            rows.append(("stack", stack.state))
            rows += stack.processes.map { ("process", "\($0.name) \($0.pid.map { "process \($0)" } ?? "not running")") }
        }
        console.print(pairs: rows)
    }
}

/// The answer of `tedi status`.
private struct SystemView: Encodable {
    let api: String
    var status: StatusView?
    var workers: [WorkerView]?
    var models: [ModelView]?
    let stack: LocalStackView?
}

/// The processes of the private stack on this machine.
struct LocalStackView: Encodable, Equatable {
    struct Process: Encodable, Equatable {
        let name: String
        /// Absent while it does not run.
        let pid: Int32?
    }

    let state: String
    let processes: [Process]

    /// Nil where there is no stack, or where the address is that of another.
    init?(of folder: StateFolder, api: String, environment: [String: String]) {
        guard let note = StackNote.read(from: folder), note.api == api else { return nil }
        let stack = Stack(folder, environment: environment)
        state = folder.path
        let workers = (0..<note.workers).map { "worker-\($0 + 1)" }
        let running = Dictionary(
            Daemon.allRunning(in: folder.processes).map { ($0.name, $0.pid) }, uniquingKeysWith: { first, _ in first })
        processes =
            [
                Process(name: "PostgreSQL", pid: stack.postgres().processID),
                Process(name: "Redis", pid: stack.redis().processID),
            ] + (["coordinator"] + workers).map { Process(name: $0, pid: running[$0]) }
    }
}
