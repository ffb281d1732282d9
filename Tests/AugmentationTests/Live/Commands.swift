import Foundation
import Synchronization
import TediCommands

/// What a command wrote and returned.
struct CommandResult {
    let status: Int32
    let output: String
    let errors: String
}

/// Runs `tedi` in this process with an environment of its own.
func tedi(
    _ arguments: String..., environment: [String: String] = [:], isTerminal: Bool = false
) async -> CommandResult {
    await tedi(arguments, environment: environment, isTerminal: isTerminal)
}

/// Runs `tedi` in this process with an environment of its own.
func tedi(
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

/// A folder that is removed when the test is over.
struct Scratch: ~Copyable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/tedi-scratch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and gives its path.
    func file(_ name: String, _ content: some Sequence<UInt8>) throws -> String {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(content).write(to: URL(fileURLWithPath: file))
        return file
    }

    func file(_ name: String, _ content: String) throws -> String {
        try file(name, content.utf8)
    }
}
