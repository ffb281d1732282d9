import Artifacts
import Images
import Jobs
import Postgres
import Redis
import Testing

extension FaultWorld {
    /// Waits for the end of everything and asserts what must hold whatever happened (I1 to I7).
    func settle(within limit: Duration = .seconds(120), sourceLocation: SourceLocation = #_sourceLocation) async throws
    {
        try await watchTerminals()
        try await finishAll(within: limit)
        // What workers and Redis still hold for nothing is let go of within a lease.
        var leftovers: [String] = []
        do {
            try await eventually("nothing is left over in Redis", within: .seconds(45)) {
                leftovers = try await redisLeftovers()
                return leftovers.isEmpty
            }
        } catch is NotInTime {
            Issue.record("I6: left over in Redis: \(leftovers.prefix(20))", sourceLocation: sourceLocation)
        }
        let violations = try await violations()
        if !violations.isEmpty {
            Issue.record(
                "\(violations.prefix(20).joined(separator: "\n"))\n\(logTails())", sourceLocation: sourceLocation)
        }
    }

    /// What is not as it must be once everything is over.
    func violations() async throws -> [String] {
        try await terminalsChanged() + countViolations() + (try await jobViolations())
            + (try await artifactViolations())
    }

    /// I1 and I3: one terminal row for each job of a sealed batch, and counters that say so.
    private func countViolations() async throws -> [String] {
        let rows = try await query(
            """
            SELECT b.id, b.state::int8, b.items::int8 * b.samples, c.ready, c.later, c.live,
                c.succeeded, c.failed, c.cancelled, coalesce(j.requests, 0),
                coalesce(d.rows, 0), coalesce(d.ids, 0), coalesce(d.one, 0), coalesce(d.two, 0), coalesce(d.three, 0)
            FROM batch b JOIN batch_count c USING (id)
            LEFT JOIN (SELECT batch_id, count(*) AS requests FROM job GROUP BY batch_id) j ON j.batch_id = b.id
            LEFT JOIN (
                SELECT batch_id, count(*) AS rows, count(DISTINCT id) AS ids,
                    count(*) FILTER (WHERE state = 1) AS one, count(*) FILTER (WHERE state = 2) AS two,
                    count(*) FILTER (WHERE state = 3) AS three
                FROM job_done GROUP BY batch_id
            ) d ON d.batch_id = b.id
            WHERE b.state <> 4
            """)
        var violations: [String] = []
        for row in rows {
            let values = try (0..<15).map { try row.int64($0) }
            let batch = "batch \(values[0])"
            if ![3, 6].contains(values[1]) { violations.append("I1: \(batch) is in state \(values[1])") }
            let jobs = values[2]
            if values[9] != jobs { violations.append("I1: \(batch) has \(values[9]) requests for \(jobs) jobs") }
            if values[10] != jobs || values[11] != jobs {
                violations.append("I1: \(batch): \(values[10]) terminal rows, \(values[11]) distinct, of \(jobs) jobs")
            }
            if values[3...5] != [0, 0, 0] {
                violations.append("I3: \(batch) counts \(values[3...5]) that wait or run")
            }
            if Array(values[6...8]) != Array(values[12...14]) {
                violations.append("I3: \(batch) counts \(values[6...8]), its rows are \(values[12...14])")
            }
        }
        return violations
    }

    /// I1, I5, I6, I7: nothing waits or runs, no execution ended twice, and nobody tried too often.
    private func jobViolations() async throws -> [String] {
        let checks = [
            ("I6: rows in job_live", "SELECT count(*) FROM job_live"),
            ("I6: rows in job_ready", "SELECT count(*) FROM job_ready"),
            ("I6: rows in job_later", "SELECT count(*) FROM job_later"),
            (
                "I1: fresh ids of a batch that finished",
                """
                SELECT count(*) FROM batch_block k JOIN batch b ON b.id = k.batch_id
                WHERE b.state = 3 AND k.next < k.base + k.count AND k.holes < k.base + k.count - k.next
                """
            ),
            (
                "I1: terminal rows without a request",
                "SELECT count(*) FROM job_done d WHERE NOT EXISTS (SELECT FROM job j WHERE j.id = d.id)"
            ),
            (
                "I5: executions that ended twice",
                "SELECT count(*) FROM job_done d JOIN job_attempt a ON a.id = d.id AND a.epoch = d.epoch"
            ),
            (
                "I7: jobs tried too often",
                """
                SELECT count(*) FROM job_done d JOIN batch b ON b.id = d.batch_id
                WHERE d.attempt > coalesce(b.max_attempts, 5) OR d.crashes > 3
                """
            ),
            (
                "I4: jobs that succeeded without a picture",
                "SELECT count(*) FROM job_done WHERE state = 1 AND (image IS NULL OR code IS NULL)"
            ),
            ("stray rows", "SELECT (SELECT count(*) FROM job_stray) + (SELECT count(*) FROM job_done_stray)"),
        ]
        var violations: [String] = []
        for (what, sql) in checks {
            let count = try await number(sql)
            if count != 0 { violations.append("\(what): \(count)") }
        }
        return violations
    }

    /// I4 and the end of I6: what jobs say they made is there, whole, and no temporary stays.
    private func artifactViolations() async throws -> [String] {
        let store = LocalArtifactStore(directory: artifacts)
        var violations: [String] = []
        for (column, isPicture) in [("image", true), ("code", false)] {
            // Millions of jobs may share a few files.
            let rows = try await query(
                """
                SELECT encode(d.digest, 'hex')
                FROM (SELECT DISTINCT \(column) AS digest FROM job_done WHERE state = 1 AND \(column) IS NOT NULL) d
                """)
            for row in rows {
                let hex = try row.string(0)
                do {
                    let bytes = try await store.get(try #require(ArtifactDigest(hex: hex)), verify: true)
                    if isPicture { _ = try PNG.decode(bytes) }
                } catch {
                    violations.append("I4: \(hex): \(error)")
                }
            }
        }
        for row in try await query("SELECT id, epoch FROM job_done WHERE state = 1 AND manifest IS NOT NULL") {
            let manifest = try await store.manifest(job: JobID(try row.int64(0)), epoch: Epoch(try row.int64(1)))
            if manifest == nil { violations.append("I4: job \(try row.int64(0)) has no manifest of its execution") }
        }
        // Writers that were killed leave temporaries, which the sweep of the coordinator finds; none may stay.
        try await store.sweep(olderThan: 0)
        let rest = try await temporaries()
        if rest > 0 { violations.append("I6: \(rest) temporaries that no sweep finds") }
        return violations
    }

    private func redisLeftovers() async throws -> [String] {
        var leftovers: [String] = []
        for key in try await keys() {
            let isPassing =
                ["j:", "lane:", "wake:"].contains { key.hasPrefix($0) } || ["leases", "running"].contains(key)
            if isPassing { leftovers.append(key) }
        }
        let facts = try await command("XLEN", .string("tedi:{\(namespace)}:up")).int64()
        if facts > 0 { leftovers.append("\(facts) facts") }
        return leftovers
    }
}
