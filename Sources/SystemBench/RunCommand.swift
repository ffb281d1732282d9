import ArgumentParser
import Foundation
import Reporting
import UnixSignals

/// `tedi-system-bench run`: measures, prints a table and writes it as JSON.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measures on private stacks of its own, as `tedi up` makes them.",
        discussion: """
            Figures: \(Figures.all.map(\.name).joined(separator: ", ")).

            Example: tedi-system-bench --quick --only throughput --only augment --faces 200
            """)

    @Option(help: ArgumentHelp("Model pack.", valueName: "folder"))
    var pack = "Resources/Packs/demo-64"

    @Option(help: ArgumentHelp("File of captions, one per line, taken in turn.", valueName: "file"))
    var captions = "Docs/examples/captions.txt"

    @Option(
        help: ArgumentHelp(
            "Images of one measurement (default: for about a minute of the model core; 320 with --quick).",
            valueName: "number"))
    var images: Int?

    @Option(help: "Faces of the augmentation run (default: 10000; 64 with --quick).")
    var faces: Int?

    @Option(help: "Steps of each optimisation (default: 200; 10 with --quick).")
    var steps: Int?

    @Option(help: "How often each side is measured, in turns (default: 3; 1 with --quick).")
    var rounds: Int?

    @Option(help: "Threads of the worker and of the model core beside it.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Images in one forward pass, on both sides.")
    var batch = 16

    @Option(help: ArgumentHelp("Only this figure; repeatable.", valueName: "figure"))
    var only: [String] = []

    @Flag(help: "Little of everything: shows that it runs, and roughly how fast.")
    var quick = false

    @Option(help: ArgumentHelp("Recipe of the augmentation run.", valueName: "file"))
    var recipe = "Deploy/bench/augment.yaml"

    @Option(help: ArgumentHelp("Folder of the programs. (default: that of this one)", valueName: "folder"))
    var bin: String?

    @Option(help: ArgumentHelp("File that gets the figures as JSON.", valueName: "file"))
    var json = ".build/bench/system.json"

    func validate() throws {
        let numbers = [
            ("--images", images, 1...10_000_000), ("--faces", faces, 1...1_000_000), ("--steps", steps, 1...5_000),
            ("--rounds", rounds, 1...100), ("--threads", threads, 1...1_024), ("--batch", batch, 1...256),
        ]
        for case (let name, let value?, let range) in numbers where !range.contains(value) {
            throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound).")
        }
        for name in only where !Figures.all.contains(where: { $0.name == name }) {
            let names = Figures.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no figure \(name). Choose among \(names).")
        }
    }

    func run() async throws {
        let chosen = Figures.all.filter { only.isEmpty || only.contains($0.name) }
        let bench = try bench()
        defer { PrivateSystem.removeUsed() }
        let rows = try await Self.untilSignalled { try await measure(chosen, bench) }
        for line in FigureReport.table(rows) { print(line) }
        try FigureReport.write(rows, to: json)
        if rows.contains(where: { $0.ours == nil }) { throw ExitCode.failure }
    }

    private func bench() throws -> Bench {
        let sizes = Sizes(
            images: images ?? (quick ? 320 : nil), seconds: 65, rounds: rounds ?? (quick ? 1 : 3),
            steps: steps ?? (quick ? 10 : 200), faces: faces ?? (quick ? 64 : 10_000))
        return Bench(
            programs: try Programs(folder: bin), pack: try existing(pack), captions: try Captions(reading: captions),
            recipe: URL(fileURLWithPath: recipe).path, sizes: sizes, threads: threads, batch: batch)
    }

    /// An absolute path: the programs run in other folders.
    private func existing(_ path: String) throws -> String {
        guard FileManager.default.fileExists(atPath: path) else {
            throw ValidationError("\(path) is not there; run this from the folder of the repository.")
        }
        return URL(fileURLWithPath: path).path
    }

    /// Measures one figure after the other; one that fails says so in its row and does not stop the others.
    private func measure(_ figures: [any Figure], _ bench: Bench) async throws -> [FigureRow] {
        var rows: [FigureRow] = []
        for figure in figures {
            Progress.say("measuring \(figure.name)")
            do {
                rows += try await figure.measure(bench)
            } catch {
                try Task.checkCancellation()
                rows.append(FigureRow("\(figure.name): failed: \(error)", ours: nil))
            }
        }
        return rows
    }

    /// Runs `body`; SIGINT and SIGTERM cancel it, so that no stack is left running.
    private static func untilSignalled<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                for await _ in await UnixSignalsSequence(trapping: [.sigint, .sigterm]) { return nil }
                return nil
            }
            defer { tasks.cancelAll() }
            guard let first = try await tasks.next(), let value = first else {
                tasks.cancelAll()
                // What was begun is ended in order before this process is.
                while let _ = try? await tasks.next() {}
                throw ExitCode(130)
            }
            return value
        }
    }
}
