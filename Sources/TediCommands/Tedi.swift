import ArgumentParser
import Client
import PrivateStack

/// The `tedi` command line.
public enum Tedi {
    /// Version of the command line.
    public static let version = "0.1.0"

    /// Runs one command.
    ///
    /// - Parameters:
    ///   - arguments: The words behind the program's name.
    ///   - console: Where the command writes.
    /// - Returns: The exit status: 0 done, 1 failed, 2 bad input, 3 timeout, 4 denied, 5 unreachable.
    public static func run(_ arguments: [String], console: Console = .process) async -> Int32 {
        await Console.$current.withValue(console) {
            do {
                var command = try TediCommand.parseAsRoot(arguments)
                if var asynchronous = command as? any AsyncParsableCommand {
                    try await asynchronous.run()
                } else {
                    try command.run()
                }
                console.clearProgress()
                return ExitStatus.success.rawValue
            } catch {
                return report(error, on: console)
            }
        }
    }

    private static func report(_ error: any Error, on console: Console) -> Int32 {
        switch error {
        case is CommandError, is ClientError, is PrivateStackError, is CancellationError:
            return report(CommandError(any: error), on: console)
        case let error as ExitCode: return error.rawValue
        default: break
        }
        switch TediCommand.exitCode(for: error) {
        case .success:
            console.print(TediCommand.fullMessage(for: error))
            return ExitStatus.success.rawValue
        case .validationFailure:
            console.note(TediCommand.fullMessage(for: error))
            return ExitStatus.badInput.rawValue
        default: return report(CommandError(.failed, "\(error)"), on: console)
        }
    }

    private static func report(_ error: CommandError, on console: Console) -> Int32 {
        for (index, line) in error.lines.enumerated() {
            let prefix =
                index == 0 ? Ink.red.paint("tedi:", for: console.errors, environment: console.environment) + " " : ""
            console.note(prefix + line)
        }
        return error.status.rawValue
    }
}
