import Client
import Postgres
import Reporting

/// A submission over HTTP, beside one COPY of the same rows into tables that know nothing of queues: one of the shape of
/// a partition of `job`, its primary key included, and one without any index; in turns, medians compared.
struct BulkSubmission: Figure {
    let name = "submit"
    private static let rounds = 9

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let rows = bench.sizes.rows
        let lines = Captions.lines(rows)
        return try await bench.withSystem { system in
            let connection = try system.servers.connection(to: system.database)
            var ours: [Double] = []
            var plain: [Double] = []
            var keyed: [Double] = []
            // The first upload makes partitions and opens connections; it does not count.
            _ = try await system.upload(1_000)
            for _ in 0..<Self.rounds {
                let start = ContinuousClock.now
                let batch = try await system.upload(lines)
                _ = try await system.client.seal(batch: batch)
                ours.append(Double(rows) / ((.now - start) / .seconds(1)))
                let bytes = try await Self.rows(of: batch, connection)
                plain.append(Double(rows) / (try await Self.copy(bytes, into: "(LIKE job)", connection)))
                keyed.append(
                    Double(rows) / (try await Self.copy(bytes, into: "(LIKE job INCLUDING ALL)", connection)))
            }
            await connection.close()
            Progress.say("submitted at \(ours.map { Int($0) }) rows/s, COPY at \(keyed.map { Int($0) })")
            let peer = bench.yardsticks.most(\.enqueuePerSecond)
            return [
                .rate(
                    "bulk submission over COPY into a table like a partition, rows/s", ours: ours.median,
                    yardstick: keyed.median, goal: 0.5),
                .rate(
                    "bulk submission over COPY into a table without a key, rows/s", ours: ours.median,
                    yardstick: plain.median, goal: nil),
                .rate(
                    "bulk submission over \(peer?.name ?? "other queues"), rows/s", ours: ours.median,
                    yardstick: peer?.value, goal: 1),
            ]
        }
    }

    var needsPeers: Bool { true }

    /// The rows of a batch as COPY reads and writes them.
    private static func rows(of batch: Int64, _ connection: PostgresConnection) async throws -> [UInt8] {
        try await connection.perform { connection in
            var bytes: [UInt8] = []
            try connection.copyOut("COPY (SELECT * FROM job WHERE batch_id = \(batch) ORDER BY id) TO STDOUT") { row in
                for index in row.indices { bytes.append(row[index]) }
            }
            return bytes
        }
    }

    /// Seconds that COPY takes into a new logged table.
    private static func copy(
        _ bytes: [UInt8], into columns: String, _ connection: PostgresConnection
    ) async throws -> Double {
        try await connection.execute("DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy \(columns)")
        return try await connection.perform { connection in
            let start = ContinuousClock.now
            try connection.copyIn("COPY bench_copy FROM STDIN") { writer in
                // In pieces of a mebibyte, as psql and our own writer send them; a row may lie across two.
                for start in stride(from: 0, to: bytes.count, by: 1 << 20) {
                    try writer.raw(Array(bytes[start..<min(start + (1 << 20), bytes.count)]))
                }
            }
            return (.now - start) / .seconds(1)
        }
    }
}
