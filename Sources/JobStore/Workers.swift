public import Jobs
import Postgres

extension JobStore {
    /// Notes what an operator wants of a worker; it hears of it with its next beat.
    public func order(_ order: WorkerOrder, of worker: WorkerName) async throws(StoreError) {
        try await run { connection in
            let changed = try connection.query(
                "UPDATE worker SET wanted = $2 WHERE name = $1 AND seen_at IS NOT NULL",
                [.text(worker.rawValue), .int2(Int16(order.rawValue))]
            ).affectedCount
            guard changed == 1 else { throw StoreError(.notFound, "there is no worker \(worker)") }
        }
    }

    /// Jobs whose lease a worker holds in PostgreSQL, in order; those that it has from Redis are known there only.
    public func jobs(leasedBy worker: WorkerName) async throws(StoreError) -> [JobID] {
        try await run { connection in
            try connection.query(
                """
                SELECT l.id FROM job_live l
                WHERE l.leased_until IS NOT NULL AND l.worker = (SELECT w.id FROM worker w WHERE w.name = $1)
                ORDER BY l.id
                """, [.text(worker.rawValue)]
            ).map { JobID(try $0.int64(0)) }
        }
    }

    /// Workers that are to do something else than work.
    public func orders() async throws(StoreError) -> [WorkerName: WorkerOrder] {
        try await run { connection in
            let rows = try connection.query(
                """
                SELECT name, wanted FROM worker WHERE wanted <> 0 AND seen_at > clock_timestamp() - interval '1 day'
                ORDER BY name LIMIT 10000
                """)
            var orders: [WorkerName: WorkerOrder] = [:]
            for row in rows {
                guard let name = WorkerName(rawValue: try row.string(0)) else { continue }
                orders[name] = WorkerOrder(rawValue: try row.int(1))
            }
            return orders
        }
    }

    /// Why no present worker can run a batch, or `nil` where one can.
    public func whyUnschedulable(_ batch: BatchID) async throws(StoreError) -> String? {
        try await run { connection in
            let rows = try connection.query(
                """
                SELECT l.pool, l.kind, b.model, l.model,
                    EXISTS (SELECT FROM worker w WHERE w.seen_at > clock_timestamp() - interval '30 s'
                        AND w.pool = l.pool AND w.wanted = 0 AND l.model = ANY(w.models)),
                    EXISTS (SELECT FROM model m WHERE m.digest = l.model AND l.kind = ANY(m.kinds)),
                    (SELECT count(*) FROM worker w WHERE w.seen_at > clock_timestamp() - interval '30 s'
                        AND w.pool = l.pool),
                    (SELECT count(*) FROM worker w WHERE w.seen_at > clock_timestamp() - interval '30 s'
                        AND w.pool = l.pool AND w.wanted <> 0 AND l.model = ANY(w.models))
                FROM batch b JOIN lane l ON l.id = b.lane WHERE b.id = $1
                """, [.int8(batch.rawValue)])
            guard let row = rows.first, try !(row.bool(4) && row.bool(5)) else { return nil }
            let (pool, present, ordered) = (try row.string(0), try row.int(6), try row.int(7))
            let model = "\(try row.string(2)) (\(try row.string(3).prefix(12))…)"
            if ordered > 0 {
                return "the \(ordered) workers with the model \(model) are told to drain or to be quiet"
            }
            if present == 0 { return "no worker is present in the pool \(pool); start a tedi-worker" }
            return
                "none of the \(present) workers in the pool \(pool) has the model \(model) for “\(try row.string(1))”"
        }
    }
}
