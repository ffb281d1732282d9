import Synchronization
import TediCommands

/// What a command wrote and returned.
public struct CommandResult: Sendable {
    /// The exit status.
    public let status: Int32
    /// The results.
    public let output: String
    /// Progress, notes and errors.
    public let errors: String
}

/// Runs `tedi` in this process with an environment of its own.
public func tedi(
    _ arguments: String..., environment: [String: String] = [:], isTerminal: Bool = false
) async -> CommandResult {
    await tedi(arguments, environment: environment, isTerminal: isTerminal)
}

/// Runs `tedi` in this process with an environment of its own.
public func tedi(
    _ arguments: [String], environment: [String: String] = [:], isTerminal: Bool = false
) async -> CommandResult {
    let output = Text()
    let errors = Text()
    let console = Console(
        output: Console.Stream(isTerminal: isTerminal) { output.append($0) },
        errors: Console.Stream(isTerminal: isTerminal) { errors.append($0) },
        environment: ["HOME": "/nonexistent", "TEDI_STATE": "/nonexistent/tedi-state"].merging(environment) { $1 })
    let status = await Tedi.run(arguments, console: console)
    return CommandResult(status: status, output: output.value, errors: errors.value)
}

private final class Text: Sendable {
    private let state = Mutex("")
    var value: String { state.withLock { $0 } }
    func append(_ text: String) { state.withLock { $0 += text } }
}
