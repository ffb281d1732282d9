import ArgumentParser
import Client
import Foundation
import JobAPI
import Jobs

/// `tedi submit`.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hands a list of what to make to the queue as one batch.",
        discussion: """
            Every line is checked before anything is sent: a batch is accepted as a whole or not at all. Local files \
            that the list names are looked for beside it, and uploaded unless the store has them; links are followed \
            within the list's folder only. Instead of a file, a cell may name an artifact (sha256:…), what a job makes \
            (job:2801), what a line further up makes (line:r-1), or what a line of the batch before makes (after:r-1).

            Example:
              tedi submit captions.txt --samples 4 --seed 7 --name celeba-aug --wait
              tedi submit rows.csv.gz --caption-column description --grid seeds=2,truncation=0.5:0.7,styles=3
              echo '{"caption": "a smiling woman", "custom_id": "r-1"}' | tedi submit - --format jsonl
              tedi submit edits.csv --kind manipulate --strength 0.8 --scores
              tedi submit --kind invert --photo me.jpg --steps 100
              tedi submit more.txt --kind manipulate --code job:2801 --after 7
            """)

    @Argument(
        help: ArgumentHelp(
            "List as txt, csv, tsv or jsonl, also packed (.gz, .zst); - reads the standard input.", valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp("What to do with each line: \(BatchKind.list).", valueName: "kind"),
        transform: BatchKind.parse)
    var kind = BatchKind.generate

    @Option(help: "Images for each line, 1 to 1000.")
    var samples = 1

    @Option(
        help: ArgumentHelp(
            "Every line with every seed, truncation and style, such as seeds=4,truncation=0.5:0.7,styles=3.",
            valueName: "grid"))
    var grid: Grid?

    @Option(help: "Seed of the batch: the same seed gives the same images.")
    var seed: UInt64 = 0

    @Option(help: "Name of the batch. (default: the file's name)")
    var name: String?

    @Option(help: "Name or digest of the model. (default: the only one that workers have)")
    var model: String?

    @Option(parsing: .unconditional, help: "From -100 to 100; higher goes first.")
    var priority = 0

    @Option(
        parsing: .unconditional, help: "Truncation psi: less is nearer to the average face. (default: the model's own)")
    var truncation: Double?

    @Option(help: ArgumentHelp("Wait for a batch, whose lines this one may name (after:…).", valueName: "batch"))
    var after: Int64?

    @Option(help: "Format of the file: txt, csv, tsv or jsonl. (default: by the file's name)")
    var format: CaptionFormat?

    @OptionGroup(title: "Inputs") var input: InputOptions
    @OptionGroup(title: "Work") var work: WorkOptions
    @OptionGroup(title: "Columns") var columns: ColumnOptions
    @OptionGroup(title: "Schedule") var schedule: ScheduleOptions

    @Flag(help: "Wait for the images; fail if one fails.")
    var wait = false

    @Flag(help: "Check everything, count the jobs, estimate the time and stop; nothing is uploaded.")
    var dryRun = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let order = try order()
        let submission = try await blocking { try Submission(order) }
        submission.file.tell(name: submission.name)
        let (address, apiKey) = (try connection.address(), try connection.apiKey())
        let (wait, dryRun, format) = (wait, dryRun, output.format)
        try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { client in
                guard !dryRun else { return try await submission.describe(by: client, format: format) }
                let batch = try await submission.send(by: client)
                guard wait else { return try submission.report(batch, format: format) }
                try submission.announce(batch)
                try await BatchWatch(batch: batch.id, format: format, exitStatus: true, isKnown: true).run(by: client)
            }
        }
    }
}

extension OutputOptions {
    /// The form of the result, under the name that call sites read well with.
    var format: OutputFormat { output }
}
