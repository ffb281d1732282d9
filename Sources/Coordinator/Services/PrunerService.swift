import JobStore
import Logging
import ServiceLifecycle
import Telemetry

/// Makes partitions ahead of the ids, and removes what is older than it has to be kept.
struct PrunerService: Service {
    /// Time between looks.
    static let interval = Duration.seconds(60)
    /// Time between looks whether this coordinator leads.
    static let patience = Duration.seconds(1)

    let store: JobStore
    let leadership: Leadership
    /// How long batches are kept after their end; for ever where absent.
    let retention: Duration?
    let logger: Logger

    /// Age of a transaction from which on dead rows are sure to pile up behind it, in seconds.
    private static let longTransaction = 600.0

    func run() async throws {
        try await Steady("pruner", logger: logger).run {
            guard let term = leadership.term else { return Self.patience }
            do {
                try await store.makePartitionsAhead()
                tell(try await store.symptoms())
                let report = try await store.prune(olderThan: retention, term: term)
                if report.batches > 0 {
                    logger.notice(
                        "Removed batches that are past their time",
                        metadata: [LogKey.count: "\(report.batches)"])
                }
                return report.batches == 0 ? Self.interval : .zero
            } catch let error as StoreError where error.reason == .staleTerm {
                return Self.patience
            }
        }
    }

    private func tell(_ symptoms: Symptoms) {
        if symptoms.strayRows > 0 {
            logger.error("Rows of jobs have no partition", metadata: [LogKey.count: "\(symptoms.strayRows)"])
        }
        if symptoms.oldestTransaction > Self.longTransaction {
            logger.warning(
                "A transaction is open for so long that dead rows pile up behind it; see who has it and end it",
                metadata: [
                    LogKey.process: "\(symptoms.oldestOwner ?? "?")",
                    LogKey.age: "\(Int(symptoms.oldestTransaction))",
                ])
        }
    }
}
