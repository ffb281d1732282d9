import ArgumentParser
import Client

/// `tedi batch watch`.
struct BatchWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follows a batch until its last image is made.",
        discussion: """
            Shows a progress bar on a terminal and writes one JSON object per change into a pipe.

            Example:
              tedi batch watch 7 --exit-status
              tedi batch watch 7 --timeout 600 | jq .counts.succeeded
            """)

    @Argument(help: "Number of the batch.")
    var id: Int64

    @Flag(help: "Fail (exit status 1) if an image was not made.")
    var exitStatus = false

    @Option(help: "Give up after that many seconds, whatever happens (exit status 3).")
    var timeout: Double?

    @Option(help: "Seconds between two looks.")
    var interval = 0.5

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0.05...3600).contains(interval) else { throw ValidationError("--interval must be from 0.05 to 3600") }
        guard timeout.map({ (0...1e8).contains($0) }) ?? true else {
            throw ValidationError("--timeout must be 0 or more")
        }
    }

    func run() async throws {
        var watch = BatchWatch(batch: id, format: output.format, exitStatus: exitStatus)
        watch.timeout = timeout.map { .seconds($0) }
        watch.interval = .seconds(interval)
        let (address, apiKey, prepared) = (try connection.address(), try connection.apiKey(), watch)
        try await withInterrupts {
            try await TediClient.connected(to: address, apiKey: apiKey) { try await prepared.run(by: $0) }
        }
    }
}
