import Foundation
import Postgres

extension FaultWorld {
    /// Time between two beats of a worker: a quarter of the lease, as for every worker.
    static let beat = Duration.seconds(lease) / 4

    /// Keeps every report of progress that is recorded from now on; of itself PostgreSQL keeps the last of each job.
    func keepSteps() async throws {
        let statements = [
            "CREATE TABLE kept_step (id bigint, epoch bigint, step integer)",
            """
            CREATE FUNCTION keep_step() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO kept_step VALUES (NEW.id, NEW.epoch, NEW.step);
                RETURN NULL;
            END $$
            """,
            """
            CREATE TRIGGER keep_step AFTER INSERT OR UPDATE ON job_progress
            FOR EACH ROW EXECUTE FUNCTION keep_step()
            """,
        ]
        for statement in statements { _ = try await query(statement) }
    }

    /// The first step that each later execution of a job reported: one that begins at the beginning reports the first
    /// steps again.
    func stepsAfterResuming() async throws -> [Int] {
        try await query(
            """
            SELECT e.step FROM (
                SELECT id, epoch, min(step)::int8 AS step, row_number() OVER (PARTITION BY id ORDER BY epoch) AS number
                FROM kept_step GROUP BY id, epoch
            ) e WHERE e.number > 1 ORDER BY e.id, e.epoch
            """
        ).map { Int(try $0.int64(0)) }
    }
}

extension Daemon {
    /// When a worker let go of executions that were not its own any more, by `job:epoch`.
    var drops: [String: Date] {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var drops: [String: Date] = [:]
        for text in output.split(separator: "\n") {
            guard let line = try? JSONDecoder().decode(LogLine.self, from: Data(text.utf8)),
                ["Job cancelled", "Lost a lease"].contains(line.message), let job = line.job, let epoch = line.epoch,
                let moment = try? style.parse(line.ts)
            else { continue }
            drops["\(job):\(epoch)"] = moment
        }
        return drops
    }

    /// What is read of a line of a log.
    private struct LogLine: Decodable {
        var ts: String
        var message: String
        var job: String?
        var epoch: String?
    }
}
