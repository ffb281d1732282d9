import Reporting

/// Something that is measured; each is a file in `Figures`.
protocol Figure: Sendable {
    /// What `--only` calls it.
    var name: String { get }
    /// Whether other queues are a yardstick for it.
    var needsPeers: Bool { get }
    /// Measures it on fresh databases; one row for each number worth a line.
    func measure(_ bench: Bench) async throws -> [FigureRow]
}

extension Figure {
    var needsPeers: Bool { false }
}

/// All figures, in the order of the table.
enum Figures {
    static let all: [any Figure] = [
        BulkSubmission(), EndToEnd(), PickupLatency(), WorkerDeath(), DeepBacklog(), HeldSnapshot(), Fleet(),
        Footprint(),
    ]
}
