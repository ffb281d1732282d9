import ArgumentParser
import Foundation
import Logging
import Reporting

/// `tedi-queue-bench run`: measures, prints a table and writes it as JSON.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measures on a PostgreSQL and a Redis of its own, with durable settings.",
        discussion: """
            Figures: \(Figures.all.map(\.name).joined(separator: ", ")).

            Example: tedi-queue-bench --only submit --only drain --jobs 50000 --no-peers
            """)

    @Option(help: ArgumentHelp("Jobs of a drain (default 100000; 20000 with --quick).", valueName: "number"))
    var jobs: Int?

    @Flag(help: "Small sizes: a look in a minute or two, not a figure to quote.")
    var quick = false

    @Option(help: ArgumentHelp("Measure this figure only; may be given several times.", valueName: "figure"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Compare with this queue only; may be given several times.", valueName: "peer"))
    var peer: [String] = []

    @Flag(inversion: .prefixedNo, help: "Run other queues too, for something to compare with.")
    var peers = true

    @Option(help: ArgumentHelp("Folder with tedi-coordinator (default: that of this program).", valueName: "folder"))
    var bin: String?

    @Option(help: ArgumentHelp("File that gets the figures as JSON.", valueName: "file"))
    var json = ".build/bench/queue.json"

    func validate() throws {
        if let jobs, !(1_000...10_000_000).contains(jobs) {
            throw ValidationError("--jobs must be from 1000 to 10000000.")
        }
        for name in only where !Figures.all.contains(where: { $0.name == name }) {
            let names = Figures.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no figure \(name). Choose among \(names).")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        let chosen = Figures.all.filter { only.isEmpty || only.contains($0.name) }
        let sizes = quick ? Sizes.quick(jobs: jobs) : Sizes.full(jobs: jobs)
        let rows = try await Servers.running { servers in
            var yardsticks = Yardsticks()
            if peers, chosen.contains(where: \.needsPeers) {
                Progress.say("measuring other queues")
                yardsticks = try await Yardsticks.measure(servers, peers: peer, jobs: sizes.peerJobs)
            }
            let bench = Bench(
                servers: servers, sizes: sizes, yardsticks: yardsticks, coordinator: try program("tedi-coordinator"))
            return await measure(chosen, bench)
        }
        for line in FigureReport.table(rows) { print(line) }
        try FigureReport.write(rows, to: json)
        if rows.contains(where: { $0.ours == nil }) { throw ExitCode.failure }
    }

    /// Measures one figure after the other; one that fails says so in its row and does not stop the others.
    private func measure(_ figures: [any Figure], _ bench: Bench) async -> [FigureRow] {
        var rows: [FigureRow] = []
        for figure in figures {
            Progress.say("measuring \(figure.name)")
            do {
                rows += try await figure.measure(bench)
            } catch {
                rows.append(FigureRow("\(figure.name): failed: \(error)", ours: nil))
            }
        }
        return rows
    }

    private func program(_ name: String) throws -> String {
        let folder = bin.map { URL(fileURLWithPath: $0) } ?? Programs.own.deletingLastPathComponent()
        let path = folder.appendingPathComponent(name).path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchError("\(path) is not there. Build it: swift build -c release --product \(name)")
        }
        return path
    }
}

/// What is under way, for whoever waits.
enum Progress {
    static func say(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data("\(text) …\n".utf8))
    }
}

/// Paths of programs.
enum Programs {
    /// This program.
    static var own: URL { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath() }
}

/// Why a figure could not be had: what is wrong, and what to do.
struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
