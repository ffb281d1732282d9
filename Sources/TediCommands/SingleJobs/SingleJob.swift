import ArgumentParser
import Client
import JobAPI
import Jobs

/// What becomes of a job that a command has submitted: followed and saved, or left to itself.
struct FollowOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Wait for the picture and save it into this PNG file.", valueName: "file"))
    var out: String?

    @Flag(help: "Wait for the job; fail if it fails.")
    var wait = false

    /// Whether somebody waits.
    var follows: Bool { wait || out != nil }
}

/// A batch of one job.
struct SingleJob: Sendable {
    let item: ItemDraft
    let specification: BatchSpecification
    /// Where its picture goes.
    var out: String?
    /// Whether to wait for it.
    var follows = false
    /// How to tell of it.
    var format = OutputFormat.table

    init(_ item: ItemDraft, _ specification: BatchSpecification) {
        self.item = item
        self.specification = specification
    }

    /// Submits it, and follows it where that is asked for.
    func run(by client: TediClient) async throws {
        let (item, specification) = (item, specification)
        let submission = try await blocking { try Submission([item], specification) }
        let batch = try await submission.send(by: client)
        let steady = client.retrying(.persistent)
        let page = try await steady.jobs(of: batch.id, limit: 1)
        guard let job = page.jobs.first else {
            throw CommandError.failed("batch \(batch.id) has no job", remedy: "See: tedi batch show \(batch.id)")
        }
        guard follows else { return try show(try await steady.job(job.id)) }
        let end = try await JobWatch(job: job.id, preview: out, isKnown: true).run(by: client)
        try JobWatch.requireSuccess(end)
        try show(end)
    }

    private func show(_ job: JobView) throws {
        let console = Console.current
        guard format == .table else { return try console.printJSON(job, format: format) }
        guard job.state == .succeeded, let out else {
            console.print("batch \(job.batch), job \(job.id): \(job.state.rawValue)")
            if !job.state.isOver { console.note("follow it with: tedi job show \(job.id) --watch") }
            return
        }
        console.print("batch \(job.batch), job \(job.id): \(out)")
    }
}

extension ConnectionOptions {
    /// Submits a batch of one job, and follows it where that is asked for; an interrupt stops following.
    func run(_ make: @escaping @Sendable (TediClient) async throws -> SingleJob) async throws {
        let (address, apiKey) = (try address(), try apiKey())
        try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { client in
                try await make(client).run(by: client)
            }
        }
    }
}
