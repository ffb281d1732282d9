import ArgumentParser
import Client
import Foundation
import JobAPI
import Jobs

/// `tedi submit`.
struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hands a file of captions to the queue as one batch.",
        discussion: """
            Every line is checked before anything is sent: a batch is accepted as a whole or not at all.

            Example:
              tedi submit captions.txt --samples 4 --seed 7 --name celeba-aug --wait
              tedi submit rows.csv --column description
              echo '{"caption": "a smiling woman", "custom_id": "r-1"}' | tedi submit - --format jsonl
            """)

    @Argument(help: ArgumentHelp("Captions as txt, csv or jsonl; - reads the standard input.", valueName: "file"))
    var file: String

    @Option(help: "Images for each caption, 1 to 1000.")
    var samples = 1

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

    @Option(help: "Format of the file: txt, csv or jsonl. (default: by the file's name)")
    var format: CaptionFormat?

    @Option(help: "Column of the captions in a csv file.")
    var column = "caption"

    @Option(help: "What to do with each line: generate, drill or long_drill.", transform: BatchKind.parse)
    var kind = BatchKind.generate

    @OptionGroup(title: "Schedule") var schedule: ScheduleOptions

    @Flag(help: "Wait for the images; fail if one fails.")
    var wait = false

    @Flag(help: "Check the file and stop.")
    var dryRun = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let submission = try Submission(self)
        guard !dryRun else { return try submission.describe(format: output.format) }
        let (address, apiKey) = (try connection.address(), try connection.apiKey())
        let (wait, format) = (wait, output.format)
        try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { client in
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
