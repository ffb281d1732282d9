import ArgumentParser

/// `tedi`.
struct TediCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tedi",
        abstract: "Makes faces from words, at scale.",
        discussion: """
            Example:
              tedi up
              tedi submit captions.txt --samples 4 --wait
              tedi batch pull 1 faces --sheet faces.png

            Exit status: 0 done, 1 failed, 2 wrong input (nothing was done), 3 out of time, 4 denied, \
            5 no coordinator answers.
            """,
        version: Tedi.version,
        subcommands: [
            UpCommand.self, DownCommand.self, SubmitCommand.self, BatchCommand.self, JobCommand.self,
            ArtifactCommand.self, EvaluateCommand.self, AugmentCommand.self, DeadCommand.self, WorkersCommand.self,
            CronCommand.self, KeyCommand.self, TenantCommand.self, StatusCommand.self,
            DoctorCommand.self, SheetCommand.self,
        ])
}
