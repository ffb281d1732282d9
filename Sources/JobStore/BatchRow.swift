import Jobs
import Postgres

/// The columns of a batch and how they are read.
enum BatchRow {
    static let select = """
        SELECT b.id, b.name, b.model, b.digest, b.lane, b.samples, b.seed, b.priority, b.truncation, b.state, b.items,
            b.created_at, b.sealed_at, b.finished_at,
            c.ready + c.later, c.live, c.succeeded, c.failed, c.cancelled, c.bytes
        FROM batch b JOIN batch_count c USING (id)
        """

    static func decode(_ row: PostgresRow) throws -> BatchRecord {
        let specification = try BatchSpecification(
            name: try row.string(1), model: try row.string(2), samples: try row.int(5), seed: UInt64(try row.int64(6)),
            priority: try row.int(7), truncation: try row.get(8, as: Double?.self))
        let counts = BatchCounts(
            queued: try row.int(14), running: try row.int(15), succeeded: try row.int(16), failed: try row.int(17),
            cancelled: try row.int(18))
        return BatchRecord(
            id: BatchID(try row.int64(0)), specification: specification, modelDigest: try row.string(3),
            lane: LaneID(try row.int64(4)), state: try state(try row.int(9)), items: try row.int(10), counts: counts,
            imageBytes: try row.int(19), createdAt: try row.get(11), sealedAt: try row.get(12),
            finishedAt: try row.get(13))
    }

    private static func state(_ number: Int) throws -> BatchState {
        switch number {
        case 0: .open
        case 1: .sealed
        case 2: .running
        case 3: .finished
        case 4: .abandoned
        default: throw StoreError(.unexpected, "a batch has the unknown state \(number)")
        }
    }
}
