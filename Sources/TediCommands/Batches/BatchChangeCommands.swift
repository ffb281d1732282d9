import ArgumentParser
import Client
import JobAPI

/// `tedi batch pause`.
struct BatchPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hands nothing more of a batch out; what runs ends.",
        discussion: "Example:\n  tedi batch pause 7")

    @Argument(help: "Number of the batch.") var id: Int64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.show(try await connection.withClient { try await $0.pause(batch: id) }) { batch in
            "batch \(batch.id) is paused with \(batch.counts.queued) images to go; resume it with: "
                + "tedi batch resume \(batch.id)"
        }
    }
}

/// `tedi batch resume`.
struct BatchResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Goes on with a paused batch.", discussion: "Example:\n  tedi batch resume 7")

    @Argument(help: "Number of the batch.") var id: Int64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.show(try await connection.withClient { try await $0.resume(batch: id) }) { batch in
            "batch \(batch.id) goes on with \(batch.counts.queued) images"
        }
    }
}

/// `tedi batch cancel`.
struct BatchCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Calls a batch off: what waits is ended, what runs is stopped.",
        discussion: "Images that are made already stay.\n\nExample:\n  tedi batch cancel 7")

    @Argument(help: "Number of the batch.") var id: Int64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try output.show(try await connection.withClient { try await $0.cancel(batch: id) }) { batch in
            switch batch.state {
            case .cancelling, .cancelled:
                "batch \(batch.id) is \(batch.state.rawValue): \(batch.counts.succeeded) of \(batch.counts.total) "
                    + "images were made"
            default: "batch \(batch.id) was \(batch.state.rawValue) already"
            }
        }
    }
}

/// `tedi batch priority`.
struct BatchPriorityCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "priority", abstract: "Gives a batch another priority, from -100 to 100; higher goes first.",
        discussion: "Example:\n  tedi batch priority 7 50\n  tedi batch priority 7 -- -10")

    @Argument(help: "Number of the batch.") var id: Int64
    @Argument(help: "The priority.") var priority: Int
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let batch = try await connection.withClient { try await $0.setPriority(priority, ofBatch: id) }
        try output.show(batch) { "batch \($0.id) has the priority \($0.priority)" }
    }
}

/// `tedi batch retry-failed`.
struct BatchRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry-failed", abstract: "Runs the failed images of a batch again, in a new batch.",
        discussion: """
            The new batch has the same lines, seeds and custom ids; the old one stays as it ended.

            Example:
              tedi batch retry-failed 7
            """)

    @Argument(help: "Number of the batch.") var id: Int64
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let batch = try await connection.withClient { try await $0.retryFailed(ofBatch: id) }
        try output.show(batch) { batch in
            "batch \(batch.id) runs \(batch.counts.total) failed images of batch \(id) again; follow it with: "
                + "tedi batch watch \(batch.id)"
        }
        if batch.moreFailed == true {
            Console.current.note(
                "batch \(id) has more failed images than that; run the rest with: tedi batch retry-failed \(id)")
        }
    }
}

extension OutputOptions {
    /// Writes a sentence for people, or the whole as JSON.
    func show<Value: Encodable>(_ value: Value, _ sentence: (Value) -> String) throws {
        guard output == .table else { return try Console.current.printJSON(value, format: output) }
        Console.current.print(sentence(value))
    }
}
