import ArgumentParser
import Client
import JobAPI
import Jobs

/// `tedi artifact edit`.
struct ArtifactEditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Changes a face further by words: manipulates the code that a job made.",
        discussion: """
            Example:
              tedi artifact edit 2801 --caption "she wears a hat" --out hat.png
              tedi artifact edit 2801 --caption "he smiles" --strength 0.5 --scores --out smile.png
            """)

    @Argument(help: "Number of the job.")
    var job: Int64

    @Option(help: "What is to change.")
    var caption: String

    @Option(help: "Seed of the change. (default: that of the job)")
    var seed: UInt64?

    @Option(help: "Name or digest of the model. (default: the one that made it)")
    var model: String?

    @OptionGroup(title: "Work") var work: WorkOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let options = try work.options()
        let (id, caption, seed, model) = (job, caption, seed, model)
        let (out, follows, format) = (follow.out, follow.follows, output.format)
        try await connection.run { client in
            let job = try await client.job(id)
            var item = ItemDraft()
            item.caption = caption
            item.seed = seed ?? job.request.seed
            item.inputs[.code] = ["job:\(id)"]
            var single = SingleJob(
                item,
                try .single(
                    "edit of job \(id)", .manipulate, model: model ?? job.result?.pack ?? job.request.model, options))
            single.out = out
            single.follows = follows
            single.format = format
            return single
        }
    }
}

/// `tedi artifact mix`.
struct ArtifactMixCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Makes a face with layers of another: the first one's code, but for some layers of the second.",
        discussion: """
            Sources are numbers of jobs, files (pictures or codes), or artifacts (sha256:…).

            Example:
              tedi artifact mix 2801 2802 --layers 4-9 --out mixed.png
              tedi artifact mix me.jpg 2802 --layers 0-3 --out mixed.png
            """)

    @Argument(help: "The face that is changed.") var first: String
    @Argument(help: "The face that the layers come from.") var second: String
    @Option(help: "Name or digest of the model. (default: the only one that workers have)") var model: String?
    @OptionGroup(title: "Work") var work: WorkOptions
    @OptionGroup var follow: FollowOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let options = try work.options()
        guard options.layers != nil else { throw ValidationError("say which layers with --layers, such as 4-9") }
        let (sources, model) = ([first, second].map(ArtifactName.source), model)
        let (out, follows, format) = (follow.out, follow.follows, output.format)
        try await connection.run { client in
            var item = ItemDraft()
            item.inputs[.sources] = sources
            let name = if let model { model } else { try await Submission.onlyModel(of: client) }
            var single = SingleJob(item, try .single("mix", .mix, model: name, options))
            single.out = out
            single.follows = follows
            single.format = format
            return single
        }
    }
}

extension BatchSpecification {
    /// That of a batch of one job for which somebody waits.
    static func single(
        _ name: String, _ kind: JobKind, model: String, _ options: JobOptions
    ) throws(CommandError) -> BatchSpecification {
        do {
            return try BatchSpecification(
                name: name, kind: kind, model: model, schedule: BatchSchedule(band: .interactive), options: options)
        } catch {
            throw .badInput(
                error.field == "options" ? error.message : "--\(error.field) \(error.message)",
                remedy: "Nothing was submitted.")
        }
    }
}
