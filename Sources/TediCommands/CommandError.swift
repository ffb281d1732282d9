package import Client
import JobAPI
import PrivateStack

/// What the exit status of a command means.
package enum ExitStatus: Int32 {
    case success = 0
    /// The work failed, or a check did.
    case failed = 1
    /// The command line or the input is wrong; nothing was done.
    case badInput = 2
    /// The time that was given is over.
    case timeout = 3
    /// The API key is missing, counts for nothing, or does not allow this.
    case denied = 4
    /// No coordinator answers.
    case unreachable = 5
    /// Ended by SIGINT.
    case interrupted = 130
}

/// Why a command ends without its result: a few lines for people, and the exit status.
package struct CommandError: Error, Equatable {
    package let status: ExitStatus
    package let lines: [String]

    init(_ status: ExitStatus, _ lines: [String]) {
        self.status = status
        self.lines = lines
    }

    init(_ status: ExitStatus, _ line: String, remedy: String? = nil) {
        self.init(status, [line] + (remedy.map { ["  \($0)"] } ?? []))
    }

    static func badInput(_ line: String, remedy: String? = nil) -> Self {
        Self(.badInput, line, remedy: remedy)
    }

    static func failed(_ line: String, remedy: String? = nil) -> Self {
        Self(.failed, line, remedy: remedy)
    }
}

extension CommandError {
    /// The same for people who do not read HTTP.
    package init(_ error: ClientError) {
        switch error {
        case .unreachable:
            self.init(
                .unreachable, "\(error)",
                remedy: "Start a private stack with: tedi up. Or name a coordinator with --api or TEDI_API.")
        case .unexpectedAnswer:
            self.init(.unreachable, "\(error)", remedy: "Name the coordinator's address with --api or TEDI_API.")
        case .problem(let problem):
            let status: ExitStatus =
                switch problem.status {
                case 401, 403: .denied
                case 400..<500: .badInput
                default: .failed
                }
            // What is the matter with the servers behind a coordinator, the doctor finds out.
            let remedy = problem.status >= 500 ? ["  See what is wrong and how to mend it with: tedi doctor"] : []
            self.init(status, ["\(error)"] + problem.errors.map { "  line \($0.line): \($0.message)" } + remedy)
        case .cancelled: self.init(.interrupted, "interrupted")
        case .corruptArtifact, .file, .unreadable: self.init(.failed, "\(error)")
        }
    }

    /// Whatever went wrong, for people.
    init(any error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let error as ClientError: self.init(error)
        case let error as PrivateStackError: self.init(error)
        case is CancellationError: self.init(ClientError.cancelled)
        default: self.init(.failed, "\(error)")
        }
    }

    /// The same error with one more thing to know.
    func adding(_ line: String) -> CommandError {
        CommandError(status, lines + ["  \(line)"])
    }

    init(_ error: PrivateStackError) {
        var lines = [error.message, "  To mend it: \(error.remedy)"]
        if let tail = error.logTail {
            lines.append("  The end of its log:")
            lines += tail.split(separator: "\n").map { "    \($0)" }
        }
        self.init(.failed, lines)
    }
}
