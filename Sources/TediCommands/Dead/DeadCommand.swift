import ArgumentParser
import Client
import JobAPI
import Reporting

/// `tedi dead`.
struct DeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead",
        abstract: "Lists jobs that failed for good, runs them again, or strikes them off.",
        discussion: """
            Example:
              tedi dead ls
              tedi dead requeue --batch 7
              tedi dead purge --code bad_request
            """,
        subcommands: [DeadListCommand.self, DeadRequeueCommand.self, DeadPurgeCommand.self])
}

/// `tedi dead ls`.
struct DeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists jobs that failed for good and that nobody has dealt with yet.",
        discussion: "Example:\n  tedi dead ls --batch 7 --limit 50")

    @Option(help: "Only of this batch.") var batch: Int64?
    @Option(help: "Most jobs to list.") var limit = 100
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000") }
    }

    func run() async throws {
        var letters: [DeadLetterView] = []
        var cursor: String?
        try await connection.withClient(for: acting) { client in
            repeat {
                let size = min(limit - letters.count, Limits.maximumPageSize)
                let page = try await client.deadLetters(batch: batch, cursor: cursor, limit: size)
                letters += page.letters
                cursor = page.next
            } while cursor != nil && letters.count < limit
        }
        let console = Console.current
        guard output.output == .table else { return try console.printJSON(list: letters, format: output.output) }
        guard !letters.isEmpty else { return console.note("no job has failed for good") }
        for line in Self.table(letters).render() { console.print(line) }
        if cursor != nil { console.note("there are more; these are the first \(letters.count)") }
    }

    static func table(_ letters: [DeadLetterView]) -> Table {
        var table = Table([
            .right("JOB"), .left("TENANT"), .right("BATCH"), .left("NAME"), .right("LINE"), .left("CODE"),
            .right("ATTEMPTS"), .right("CRASHES"), .left("DIED"), .left("MESSAGE"),
        ])
        for letter in letters {
            table.add([
                "\(letter.job)", String(letter.tenant.prefix(24)), "\(letter.batch)",
                String(letter.batchName.prefix(24)), "\(letter.line)", letter.code, "\(letter.attempts)",
                "\(letter.crashes)", Times.short(letter.diedAt),
                String(letter.message.prefix(100)),
            ])
        }
        return table
    }
}

/// Which dead letters are meant.
struct DeadSelectionOptions: ParsableArguments {
    @Argument(help: "Numbers of jobs.") var jobs: [Int64] = []
    @Option(help: "Only of this batch.") var batch: Int64?
    @Option(help: "Only with this failure code.") var code: String?
    @Flag(help: "All of them.") var all = false
    @Flag(help: "Those of every tenant, where an administrator's selection meets several.") var allTenants = false

    func validate() throws {
        guard !jobs.isEmpty || batch != nil || code != nil || all else {
            throw ValidationError("say which are meant: numbers of jobs, --batch, --code or --all")
        }
    }

    /// Where numbers were given and none of them is a dead letter: somebody has mistyped, or has been here before.
    func refuseIfNone(_ count: Int) throws(CommandError) {
        guard count == 0, !jobs.isEmpty else { return }
        let subject = jobs.count == 1 ? "Job \(jobs[0]) is not a dead letter" : "None of these jobs is a dead letter"
        throw .badInput("\(subject); nothing was done", remedy: "See which there are: tedi dead ls")
    }

    var selection: DeadLetterSelection {
        DeadLetterSelection(
            batch: batch, code: code, jobs: jobs.isEmpty ? nil : jobs, all: all ? true : nil,
            allTenants: allTenants ? true : nil)
    }
}

/// `tedi dead requeue`.
struct DeadRequeueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "requeue", abstract: "Runs jobs that failed for good again, each batch's in a new batch.",
        discussion: "Example:\n  tedi dead requeue 2801 2802\n  tedi dead requeue --code poison")

    @OptionGroup var which: DeadSelectionOptions
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = Console.current
        var batches: [BatchView] = []
        var failure: (any Error)?
        do {
            try await connection.withClient(for: acting) { client in
                var more = true
                while more {
                    let receipt = try await client.requeueDead(which.selection)
                    batches += receipt.batches
                    more = receipt.more && !receipt.batches.isEmpty
                }
            }
        } catch {
            // What earlier requests have done is told all the same.
            guard !batches.isEmpty else { throw error }
            failure = error
        }
        if failure == nil { try which.refuseIfNone(batches.count) }
        if output.output == .table {
            if batches.isEmpty { console.note("there is no such dead letter; nothing was done") }
            for batch in batches { console.print(Self.sentence(batch)) }
        } else {
            try console.printJSON(list: batches, format: output.output)
        }
        if let failure { throw failure }
    }

    private static func sentence(_ batch: BatchView) -> String {
        "batch \(batch.id) runs \(batch.counts.total) failed images of batch \(batch.retryOf ?? 0) again"
    }
}

/// `tedi dead purge`.
struct DeadPurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Strikes jobs off the list; they stay failed.",
        discussion: "Example:\n  tedi dead purge --batch 7")

    @OptionGroup var which: DeadSelectionOptions
    @OptionGroup var acting: TenantOption
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        var total = PurgeReceipt(purged: 0, more: true)
        do {
            try await connection.withClient(for: acting) { client in
                while total.more {
                    let receipt = try await client.purgeDead(which.selection)
                    total.purged += receipt.purged
                    total.more = receipt.more && receipt.purged > 0
                }
            }
        } catch {
            if total.purged > 0 { Console.current.note("\(total.purged) struck off, and there are more") }
            throw error
        }
        try which.refuseIfNone(total.purged)
        try output.show(total) { "\($0.purged) struck off" }
    }
}
