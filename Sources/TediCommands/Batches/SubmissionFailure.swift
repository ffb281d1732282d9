import Client
import JobAPI
import Tables

/// Why a batch was not submitted, and what became of its beginnings.
struct SubmissionFailure {
    /// Where the batch stands after all.
    enum Fate: Equatable {
        /// It was sealed: it runs, whatever the errors said.
        case submitted(BatchView)
        /// It was given up; nothing of it is left.
        case abandoned
        /// It is there, but was never sealed, so that it never runs.
        case leftOpen
        /// It may have been sealed; nobody answers who knows.
        case unknown
    }

    let error: ClientError
    let batch: Int64
    let fate: Fate

    /// The first line about a file with wrong lines.
    static func refusal(count: Int, orMore: Bool = false) -> String {
        let lines = count == 1 ? "1 line is" : "\(orMore ? "at least " : "")\(count) lines are"
        return "nothing was submitted: \(lines) wrong; mend the file and submit again"
    }

    /// The failure in terms of the file.
    ///
    /// What the coordinator says of going on at a line is for clients that keep their batch open; this one has given
    /// it up, so it speaks for itself.
    ///
    /// - Parameters:
    ///   - name: Name of the file.
    ///   - sourceLine: The line of the file behind a line of the batch, both from 1.
    func described(file name: String, _ sourceLine: (Int) -> Int) -> CommandError {
        if case .problem(let problem) = error, !problem.errors.isEmpty {
            let refused = Self.refused(problem.errors, file: name, sourceLine)
            return CommandError(refused.status, refused.lines + trace)
        }
        let base = CommandError(error)
        return CommandError(base.status, plain(base.lines) + consequence + trace)
    }

    /// The lines of a file that were refused.
    static func refused(
        _ items: [ProblemDetails.ItemError], file name: String, _ sourceLine: (Int) -> Int
    ) -> CommandError {
        let errors = items.map { InputError(line: sourceLine($0.line), message: $0.message) }
        let first = refusal(count: errors.count, orMore: errors.count >= Limits.maximumItemErrors)
        let lines = CaptionFile.report(errors, count: errors.count, name: name)
        return CommandError(.badInput, [first] + lines.map { "  \($0)" })
    }

    /// The lines of the error, without advice that fits only a batch that is kept.
    private func plain(_ lines: [String]) -> [String] {
        guard case .problem(let problem) = error, [.outOfStep, .uploadInterrupted].contains(problem.code) else {
            return lines
        }
        return ["the upload of batch \(batch) broke off and could not be continued", "  Submit the file again."]
    }

    private var consequence: [String] {
        guard fate == .unknown else { return ["  Nothing was submitted."] }
        return ["  Batch \(batch) may have been accepted; look with: tedi batch show \(batch)"]
    }

    private var trace: [String] {
        guard fate == .leftOpen else { return [] }
        return [
            "  The unfinished batch \(batch) stays open: it is never run, but counts against the quota until it is",
            "  called off with: tedi batch cancel \(batch)",
        ]
    }
}
