import Augmentation
import Reporting
import Synchronization

/// Shows how far an augmentation is: a line drawn again on a terminal, a JSON line per change in a pipe.
final class AugmentScreen: Sendable {
    private let name: String
    private let format: OutputFormat
    private let console: Console
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    private struct State {
        var first: RunTally?
        var shown: AugmentationRun.Progress?
        var at = ContinuousClock.now
    }

    init(name: String, format: OutputFormat, console: Console) {
        self.name = name
        self.format = format
        self.console = console
    }

    /// Takes news; what comes faster than eyes can follow is not drawn.
    func show(_ progress: AugmentationRun.Progress) {
        let now = ContinuousClock.now
        let first = state.withLock { state -> RunTally? in
            let start = state.first ?? progress.tally
            state.first = start
            let isLast = progress.tally.settled == progress.tally.total
            guard state.shown == nil || now - state.at > .milliseconds(100) || isLast, state.shown != progress else {
                return nil
            }
            state.at = now
            state.shown = progress
            return start
        }
        guard let first else { return }
        let elapsed = (now - start).seconds
        console.progress(line(progress, since: first, elapsed: elapsed))
        guard format == .jsonl || (format == .table && !console.output.isTerminal) else { return }
        try? console.printJSON(Line(progress, elapsed: elapsed), format: .jsonl)
    }

    private func line(_ progress: AugmentationRun.Progress, since first: RunTally, elapsed: Double) -> String {
        let tally = progress.tally
        let made = tally.settled - first.settled
        let rate = elapsed > 0 ? Double(made) / elapsed : 0
        let left = rate > 1e-6 ? ProgressLine.clock(Double(tally.total - tally.settled) / rate) : "?"
        let tail =
            "| \(ProgressLine.grouped(tally.settled))/\(ProgressLine.grouped(tally.total)) "
            + "[\(ProgressLine.clock(elapsed))<\(left), \(ProgressLine.decimal(rate)) samples/s"
            + (tally.rejected > 0 ? ", rejected \(ProgressLine.grouped(tally.rejected))" : "")
            + (tally.failed > 0 ? ", fail \(ProgressLine.grouped(tally.failed))" : "") + "]"
        let settled = Double(tally.settled) + min(Double(progress.inQueue), Double(tally.total - tally.settled))
        return ProgressLine.line(
            name: name, fraction: tally.total == 0 ? 1 : settled / Double(tally.total), tail: tail,
            columns: console.columns)
    }

    /// What a program is told.
    private struct Line: Encodable {
        let samples: RunTally
        let batches: [Int64]
        let elapsed: Double

        init(_ progress: AugmentationRun.Progress, elapsed: Double) {
            samples = progress.tally
            batches = progress.batches
            self.elapsed = (elapsed * 10).rounded() / 10
        }
    }
}
