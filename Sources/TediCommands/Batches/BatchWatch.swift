import ArgumentParser
import Client
import JobAPI
import Jobs
import Reporting

/// Follows a batch to its end.
struct BatchWatch: Sendable {
    let batch: Int64
    var format = OutputFormat.table
    /// Whether a batch with images that failed makes the command fail.
    var exitStatus = false
    /// When to give up waiting.
    var timeout: Duration?
    /// Pause between two looks.
    var interval = Duration.milliseconds(500)
    /// Whether the coordinator has answered already, so that its silence means a restart and not a wrong address.
    var isKnown = false

    /// What a look may take beyond the timeout: one that begins with the last moment must not be in vain.
    private static let grace = Duration.seconds(1)

    /// Looks at the batch until it has ended, showing progress.
    func run(by client: TediClient) async throws {
        let console = Console.current
        let start = ContinuousClock.now
        var view = try await look(by: client.retrying(isKnown ? .persistent : .brief), since: start, last: nil)
        // A coordinator that is restarted in the middle comes back; the jobs were never gone.
        let client = client.retrying(.persistent)
        var meter = ProgressMeter(view.counts)
        var shown: BatchView?
        while true {
            show(view, meter, last: shown, note: try await note(on: view, by: client))
            shown = view
            guard !view.isOver else { break }
            let elapsed = ContinuousClock.now - start
            if let timeout, elapsed >= timeout { throw outOfTime(view, timeout) }
            try await Task.sleep(for: min(interval, timeout.map { max($0 - elapsed, .zero) } ?? interval))
            view = try await look(by: client, since: start, last: view)
            meter.observe(view.counts, elapsed: (ContinuousClock.now - start).seconds)
        }
        console.keepProgress()
        try conclude(view)
    }

    /// Asks for the batch, as long as there is time.
    private func look(
        by client: TediClient, since start: ContinuousClock.Instant, last: BatchView?
    ) async throws -> BatchView {
        let deadline = timeout.map { max(start + $0, ContinuousClock.now + Self.grace) }
        let batch = batch
        if let view = try await before(deadline, { try await client.batch(batch) }) { return view }
        throw outOfTime(last, timeout ?? .zero)
    }

    /// What a person wants to know beside the counts: why nothing runs, or how far a long job is.
    private func note(on view: BatchView, by client: TediClient) async throws -> String? {
        guard Console.current.errors.isTerminal else { return nil }
        if let waiting = view.waiting, view.counts.running == 0 { return waiting.message }
        guard view.isLong, view.counts.running > 0 else { return nil }
        // The counts are what matters; where this fails, the next look says so.
        let page = try? await client.retrying(.once).jobs(of: batch, limit: 1, state: .running)
        return page?.jobs.first?.progress.map { "job at \(JobRows.step($0))" }
    }

    /// One look: a line drawn again on a terminal, a JSON line per change in a pipe.
    private func show(_ view: BatchView, _ meter: ProgressMeter, last: BatchView?, note: String?) {
        let console = Console.current
        let name = view.name + (note.map { " (\($0))" } ?? "")
        console.progress(ProgressLine.batch(name: name, meter: meter, columns: console.columns))
        guard writesLines, view != last else { return }
        try? console.printJSON(WatchLine(view, meter), format: .jsonl)
    }

    /// JSON lines are asked for, or the output is a pipe and nothing was asked for.
    private var writesLines: Bool {
        format == .jsonl || (format == .table && !Console.current.output.isTerminal)
    }

    private func conclude(_ view: BatchView) throws {
        let console = Console.current
        let counts = view.counts
        if format == .json { try console.printJSON(view, format: .json) }
        if format == .table, console.output.isTerminal {
            let parts = [
                (counts.succeeded, "succeeded"), (counts.failed, "failed"), (counts.cancelled, "cancelled"),
            ].filter { $0.0 > 0 }.map { "\(ProgressLine.grouped($0.0)) \($0.1)" }
            console.print(
                "batch \(view.id) \(view.state.rawValue): \(parts.isEmpty ? "no images" : parts.joined(separator: ", "))"
            )
        }
        guard exitStatus, view.state == .abandoned || counts.succeeded < counts.total else { return }
        throw CommandError.failed(
            "batch \(view.id): \(counts.total - counts.succeeded) of \(counts.total) images were not made",
            remedy: view.state == .abandoned
                ? "It was given up before it was complete."
                : "See why with: tedi batch show \(view.id) --failed")
    }

    private func outOfTime(_ view: BatchView?, _ timeout: Duration) -> CommandError {
        let limit = "\(ProgressLine.decimal(timeout.seconds)) s"
        guard let view else {
            return CommandError(
                .timeout, "the coordinator has not said within \(limit) how batch \(batch) does",
                remedy: "See how the system does with: tedi status")
        }
        return CommandError(
            .timeout,
            "batch \(view.id) has not ended after \(limit): \(view.counts.finished) of \(view.counts.total) images",
            remedy: "It goes on; watch it again with: tedi batch watch \(view.id)")
    }
}

/// What `tedi batch watch` writes into a pipe.
private struct WatchLine: Encodable {
    let batch: Int64
    let name: String
    let state: BatchStatus
    let counts: Counts
    /// Why nothing runs, where that is so.
    let waiting: WaitReason?
    let elapsed: Double
    let rate: Double?
    let remaining: Double?

    init(_ view: BatchView, _ meter: ProgressMeter) {
        func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
        batch = view.id
        name = view.name
        state = view.state
        counts = view.counts
        waiting = view.waiting
        elapsed = tenths(meter.elapsed)
        rate = meter.rate.map(tenths)
        remaining = meter.remaining.map(tenths)
    }
}

extension BatchView {
    /// Whether nothing of it will happen any more.
    var isOver: Bool { state == .finished || state == .abandoned || state == .cancelled }

    /// Whether each of its jobs is work for minutes, and reports how far it is.
    var isLong: Bool { kind.kind.isLong }
}

extension Duration {
    /// The whole of it in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
