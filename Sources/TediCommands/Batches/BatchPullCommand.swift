import ArgumentParser
import Client
import JobAPI
import Reporting

/// `tedi batch pull`.
struct BatchPullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Downloads the images of a batch.",
        discussion: """
            Writes NNNNNN-S.png (line and sample of the batch), frames, animations and reports as NNNNNN-S/NAME, and \
            metadata.jsonl (batch, caption, seed, digests and scores of each image) into the folder. Files that are there already, with the right digest, are not downloaded \
            again. A folder with the metadata of another batch, or with another image under one of the names, is \
            refused (exit status 2) unless --force is given.

            Example:
              tedi batch pull 7 faces
              tedi batch pull 7 faces --sheet faces.png --sheet-captions 25
              tedi batch pull 7 faces --codes --csv
            """)

    @Argument(help: "Number of the batch.")
    var id: Int64

    @Argument(help: ArgumentHelp("Folder for the images; made if it is missing.", valueName: "folder"))
    var folder: String

    @Flag(inversion: .prefixedNo, help: "Download frames, animations and reports too.")
    var outputs = true

    @Flag(help: "Download the latent codes too, as NNNNNN-S.safetensors.")
    var codes = false

    @Flag(help: "Also write metadata.csv, with a column for each score.")
    var csv = false

    @Option(help: ArgumentHelp("Also draw a contact sheet into this PNG file.", valueName: "file"))
    var sheet: String?

    @Option(help: "Most captions on the contact sheet.")
    var sheetCaptions = 100

    @Option(help: "Side of one image on the contact sheet, in pixels. (default: 192, for many images 128)")
    var sheetCell: Int?

    @Flag(help: "Overwrite images and metadata.jsonl that are not of this batch.")
    var force = false

    @Option(help: "Downloads at the same time.")
    var parallel = 8

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...64).contains(parallel) else { throw ValidationError("--parallel must be from 1 to 64") }
        guard (1...10_000).contains(sheetCaptions) else {
            throw ValidationError("--sheet-captions must be from 1 to 10000")
        }
        guard sheetCell.map((16...1024).contains) ?? true else {
            throw ValidationError("--sheet-cell must be from 16 to 1024")
        }
    }

    func run() async throws {
        let pull = BatchPull(
            batch: id, folder: folder, parallel: parallel, force: force, outputs: outputs, codes: codes, table: csv,
            sheetCaptions: sheet == nil ? 0 : sheetCaptions)
        let (address, apiKey) = (try connection.address(), try connection.apiKey())
        var result = try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { try await pull.run(by: $0) }
        }
        if let sheet {
            try PulledSheet(result, cell: sheetCell).write(to: sheet)
            result.summary.sheet = sheet
        }
        try report(result)
    }

    private func report(_ result: BatchPull.Result) throws {
        let console = Console.current
        let summary = result.summary
        let missing = summary.total - summary.images
        if missing > 0 {
            let counts = result.batch.counts
            let reason = counts.queued + counts.running > 0 ? "the batch is not finished" : "\(missing) were not made"
            console.note("\(summary.images) of \(summary.total) images are there: \(reason)")
        }
        guard output.format == .table else { return try console.printJSON(summary, format: output.format) }
        let images = ProgressLine.grouped(summary.images) + (summary.images == 1 ? " image" : " images")
        let kept = summary.kept > 0 ? " (\(ProgressLine.grouped(summary.kept)) were there already)" : ""
        let others = summary.outputs.map { ", \(ProgressLine.grouped($0)) other \($0 == 1 ? "file" : "files")" } ?? ""
        console.print("batch \(id): \(images)\(others) in \(folder)\(kept)")
        if let sheet { console.print("contact sheet: \(sheet)") }
    }
}
