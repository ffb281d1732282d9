import Client
import JobAPI
import Reporting

/// Looks at a job, or follows it to its end, and saves how its picture looks.
struct JobWatch: Sendable {
    let job: Int64
    /// Where its picture goes; nowhere if nil.
    var preview: String?
    /// Pause between two looks.
    var interval = Duration.milliseconds(500)
    /// Whether the coordinator has answered already, so that its silence means a restart and not a wrong address.
    var isKnown = false

    /// One look; says so where a picture is asked for and there is none.
    func look(by client: TediClient) async throws -> JobView {
        let view = try await client.job(job)
        guard let preview else { return view }
        guard let digest = Self.picture(of: view) else {
            throw CommandError.failed(
                "job \(job) has no picture yet, it is \(view.state.rawValue)",
                remedy: "Wait for it with: tedi job show \(job) --watch --preview \(preview)")
        }
        try await client.save(artifact: digest, of: job, to: preview)
        return view
    }

    /// Looks until the job has ended, showing progress.
    func run(by client: TediClient, format: OutputFormat = .table) async throws -> JobView {
        let console = Console.current
        var view = try await client.retrying(isKnown ? .persistent : .brief).job(job)
        // A coordinator that is restarted in the middle comes back; the job was never gone.
        let client = client.retrying(.persistent)
        var saved: String?
        var shown: JobView?
        while true {
            console.progress(Self.line(view, columns: console.columns))
            if format == .jsonl, view != shown, !view.state.isOver { try console.printJSON(view, format: .jsonl) }
            shown = view
            if let preview, let digest = Self.picture(of: view), digest != saved {
                try await client.save(artifact: digest, of: job, to: preview)
                saved = digest
            }
            guard !view.state.isOver else { break }
            try await Task.sleep(for: interval)
            view = try await client.job(job)
        }
        console.clearProgress()
        return view
    }

    /// The picture, or how it looks by now.
    private static func picture(of view: JobView) -> String? {
        view.result?.image ?? view.progress?.preview
    }

    static func requireSuccess(_ view: JobView) throws(CommandError) {
        guard view.state != .succeeded else { return }
        let reason = view.failure.map { ": \($0.code): \($0.message)" } ?? ""
        throw .failed(
            "job \(view.id) is \(view.state.rawValue)\(reason)", remedy: "See: tedi job show \(view.id)")
    }

    /// A job, such as `job 12  43%|████▎     | 215/500 [loss 0.12]`.
    static func line(_ view: JobView, columns: Int) -> String {
        guard let progress = view.progress, progress.total > 0 else {
            let why = view.waiting.map { ": \($0.message)" } ?? ""
            return String("job \(view.id) \(view.state.rawValue)\(why)".prefix(max(columns - 1, 1)))
        }
        let note = progress.note.map { " [\($0)]" } ?? ""
        return ProgressLine.line(
            name: "job \(view.id)", fraction: Double(progress.step) / Double(progress.total),
            tail: "| \(ProgressLine.grouped(progress.step))/\(ProgressLine.grouped(progress.total))\(note)",
            columns: columns)
    }
}

extension JobStatus {
    /// Whether nothing will change any more.
    var isOver: Bool {
        switch self {
        case .queued, .running: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}
