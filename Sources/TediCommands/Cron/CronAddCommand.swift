import ArgumentParser
import Client
import Foundation
import JobAPI
import Jobs

/// `tedi cron add`.
struct CronAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Adds a cron entry, or replaces the one of its name.",
        discussion: """
            The times are those of cron: minute, hour, day of month, month and day of week, or @hourly, @daily,
            @weekly, @monthly or @yearly. A time that a change of clocks leaves out is made up for right behind the
            gap; one that comes twice counts once. Each firing goes on with other seeds, and so with other images.

            Example:
              tedi cron add nightly captions.txt --at "0 3 * * *" --zone Europe/Berlin --samples 4
              tedi cron add weekly rows.csv --column description --at "30 6 * * MON" --missed once
            """)

    /// The values of `--missed`.
    enum Missed: String, ExpressibleByArgument, CaseIterable {
        case skip
        case once
    }

    @OptionGroup var entry: CronNameArgument

    @Argument(
        help: ArgumentHelp(
            "Captions as txt, csv, tsv or jsonl, also packed (.gz, .zst); - reads the standard input.",
            valueName: "file"))
    var file: String

    @Option(help: "When it fires, such as \"0 3 * * *\" or @daily.")
    var at: String

    @Option(help: "Time zone of --at, such as Europe/Berlin.")
    var zone = "UTC"

    @Option(help: "What becomes of times that passed while no coordinator ran: skip, or once to make up for them.")
    var missed = Missed.skip

    @Flag(help: "Give every firing the same seed, and so make the same images.")
    var fixedSeed = false

    @Option(help: "Images for each caption, 1 to 1000.")
    var samples = 1

    @Option(help: "Seed of the first firing.")
    var seed: UInt64 = 0

    @Option(help: "Name of its batches. (default: the entry's name)")
    var name: String?

    @Option(help: "Name or digest of the model. (default: the only one that workers have)")
    var model: String?

    @Option(parsing: .unconditional, help: "From -100 to 100; higher goes first.")
    var priority = 0

    @Option(
        parsing: .unconditional, help: "Truncation psi: less is nearer to the average face. (default: the model's own)")
    var truncation: Double?

    @Option(help: "Format of the file: txt, csv, tsv or jsonl. (default: by the file's name)")
    var format: CaptionFormat?

    @Option(help: "Column of the captions in a csv or tsv file.")
    var column = "caption"

    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let specification = try specification()
        let view = try await connection.withClient(for: acting) { client in
            let model = if let model { model } else { try await Submission.onlyModel(of: client) }
            let view = try await client.putCron(entry.name, try body(specification, model: model))
            let models = try await client.models()
            // Beginnings of digests are names as well.
            if !models.contains(where: { $0.name == model || $0.digest.hasPrefix(model) }) {
                Console.current.note("no worker has announced the model \(model) yet; until one does, firings fail")
            }
            return view
        }
        try report(view)
    }

    /// Everything that can be checked without a coordinator.
    private func specification() throws(CommandError) -> CronSpecification {
        let expression: CronExpression
        do {
            expression = try CronExpression(at)
        } catch {
            throw .badInput("--at: \(error)", remedy: Self.nothing)
        }
        let plan = ItemPlan(columns: column == "caption" ? [:] : [.caption: column])
        let search = Console.current.environment["PATH"]
        let file = try CaptionFile.load(InputSource(path: file), format: format, plan: plan, search: search) { count in
            let lines = count == 1 ? "1 line is" : "\(count) lines are"
            return "nothing was added: \(lines) wrong; mend the file and add it again"
        }
        file.tell(name: self.file)
        guard file.files.paths.isEmpty else {
            throw .badInput(
                "\(self.file) names local files, which a cron entry cannot take along",
                remedy: "Upload them with: tedi artifact put FILE…, and name them sha256:… instead. \(Self.nothing)")
        }
        do {
            let batch = try BatchSpecification(
                // The name of a model that was not given is asked for later; any will do for the check.
                name: name ?? entry.name, model: model ?? "-", samples: samples, seed: seed,
                truncation: truncation, schedule: BatchSchedule(priority: priority))
            return try CronSpecification(
                name: entry.name, expression: expression, zone: zone, isSeedFixed: fixedSeed, batch: batch,
                items: try CronSpecification.items(decoding: file.items.bytes))
        } catch let error as SpecificationError {
            let subject = error.field == "items" ? "the captions" : "--\(error.field)"
            throw .badInput("\(subject) \(error.message)", remedy: Self.nothing)
        } catch {
            throw .badInput("\(self.file): \(error)", remedy: Self.nothing)
        }
    }

    private static let nothing = "Nothing was added."

    private func body(_ specification: CronSpecification, model: String) throws -> CronBody {
        let batch = specification.batch
        return CronBody(
            expression: specification.expression.text, zone: zone, missed: missed == .skip ? .skip : .once,
            fixedSeed: fixedSeed,
            batch: CreateBatchBody(
                name: batch.name, model: model, samples: batch.samples, seed: batch.seed,
                priority: batch.schedule.priority,
                truncation: batch.truncation),
            items: try specification.items.map { try CronItem($0) })
    }

    private func report(_ view: CronView) throws {
        let console = Console.current
        guard output.format == .table else { return try console.printJSON(view, format: output.format) }
        let captions = view.lines == 1 ? "1 caption" : "\(view.lines) captions"
        let next = view.paused ? "paused" : "next at \(view.nextAt.map(Times.short) ?? "no time")"
        console.print("cron entry \(view.name): \(captions) x \(view.batch.samples), \(next)")
    }
}
