import ArgumentParser
import Jobs

/// `tedi cron`.
struct CronCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cron",
        abstract: "Makes batches again and again, at the times of a cron expression.",
        discussion: """
            Example:
              tedi cron add nightly captions.txt --at "0 3 * * *" --zone Europe/Berlin --samples 4
              tedi cron ls
              tedi cron run nightly
            """,
        subcommands: [
            CronListCommand.self, CronShowCommand.self, CronAddCommand.self, CronRemoveCommand.self,
            CronPauseCommand.self, CronResumeCommand.self, CronRunCommand.self,
        ])
}

/// The name of a cron entry on the command line.
struct CronNameArgument: ParsableArguments {
    @Argument(help: "Name of the entry: lower-case letters, digits, dots, hyphens and underscores.")
    var name: String

    func validate() throws {
        guard CronSpecification.isName(name) else {
            throw ValidationError(
                "“\(name.prefix(80))” is no name of a cron entry; it has 1 to \(CronSpecification.maximumNameBytes) "
                    + "lower-case letters, digits, dots, hyphens or underscores, the first a letter or digit")
        }
    }
}
