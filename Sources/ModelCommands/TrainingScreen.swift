import Foundation
import Glibc
import Reporting
import Training

/// What a person sees of a training run: one line that is drawn again on a terminal, a line per report elsewhere.
struct TrainingScreen {
    private let isTerminal = isatty(STDERR_FILENO) == 1

    /// Writes a line that stays.
    func say(_ line: String) { write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n") }

    /// Shows where a stage stands.
    func show(_ line: TrainingLog.Line) {
        let figures = line.metrics.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let text = ProgressLine.stage(
            name: line.stage, done: line.step, of: line.steps, seconds: line.seconds,
            rate: Double(line.examples) / max(1e-9, line.seconds), figures: figures,
            columns: isTerminal ? columns : 200)
        guard isTerminal else { return write(text + "\n") }
        write("\r" + text + "\u{1B}[K" + (line.step == line.steps ? "\n" : ""))
    }

    private var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
