import ArgumentParser
import Client
import Foundation
import JobAPI
import Jobs

/// `tedi job rerun`.
struct JobRerunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun",
        abstract: "Makes a job again, as it was or with changes, in a batch of its own.",
        discussion: """
            Without changes the picture is the same again; with another seed, another face of the same request.

            Example:
              tedi job rerun 2801
              tedi job rerun 2801 --seed 8 --strength 1.4 --out again.png
            """)

    @Argument(help: "Number of the job.")
    var id: Int64

    @Option(help: "Another caption.")
    var caption: String?

    @Option(help: "Another seed.")
    var seed: UInt64?

    @Option(help: "Another model. (default: the one that made it)")
    var model: String?

    @Option(parsing: .unconditional, help: "Another truncation psi.")
    var truncation: Double?

    @OptionGroup(title: "Work") var work: WorkOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let changes = JobChanges(
            caption: caption, seed: seed, model: model, truncation: truncation, options: try work.options())
        let (id, out, follows, format) = (id, follow.out, follow.follows, output.format)
        try await connection.run { client in
            let job = try await client.job(id)
            var single = try changes.single(of: job)
            single.out = out
            single.follows = follows
            single.format = format
            return single
        }
    }
}

/// What is to be different when a job is made again.
struct JobChanges: Sendable {
    var caption: String?
    var seed: UInt64?
    var model: String?
    var truncation: Double?
    var options = JobOptions.none

    /// The job that a finished one becomes with these changes.
    func single(of job: JobView) throws -> SingleJob {
        let request = job.request
        var item = ItemDraft()
        let words = caption ?? request.caption
        item.caption = words.isEmpty ? nil : words
        item.seed = seed ?? request.seed
        item.take(request.inputs)
        let kind = request.kind?.kind ?? .generate
        let before = try request.options.map { try JobOptions(decoding: Array(try WireFormat.encode($0))) } ?? .none
        var chosen = before.overridden(by: options)
        // The random numbers are drawn from seed and sample; another seed makes the number of no account.
        chosen.firstSample = seed == nil ? request.sample : nil
        do {
            let specification = try BatchSpecification(
                name: "job \(job.id) again", kind: kind, model: model ?? job.result?.pack ?? request.model,
                seed: item.seed ?? 0, truncation: truncation ?? request.truncation, options: chosen)
            return SingleJob(item, specification)
        } catch {
            throw CommandError.badInput(
                error.field == "options" ? error.message : "--\(error.field) \(error.message)",
                remedy: "Nothing was submitted.")
        }
    }
}

extension ItemDraft {
    /// Takes the inputs of a job.
    mutating func take(_ inputs: InputsView?) {
        guard let inputs else { return }
        self.inputs[.photo] = inputs.photo.map { [$0] }
        self.inputs[.sketch] = inputs.sketch.map { [$0] }
        self.inputs[.labels] = inputs.labels.map { [$0] }
        self.inputs[.code] = inputs.code.map { [$0] }
        self.inputs[.index] = inputs.index.map { [$0] }
        self.inputs[.sources] = inputs.sources
        isNoise = inputs.noise == true
    }
}
