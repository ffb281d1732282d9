import ArgumentParser

/// `tedi batch`.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Lists, shows, follows, changes and downloads batches.",
        discussion: """
            Example:
              tedi batch ls
              tedi batch watch 7 --exit-status
              tedi batch pull 7 faces --sheet faces.png
            """,
        subcommands: [
            BatchListCommand.self, BatchShowCommand.self, BatchWatchCommand.self, BatchPullCommand.self,
            BatchPauseCommand.self, BatchResumeCommand.self, BatchCancelCommand.self, BatchRetryCommand.self,
            BatchPriorityCommand.self,
        ])
}
