import Jobs
import Postgres

/// Reads jobs with what the four tables of places say about them; the one that has the job is the state.
enum JobRow {
    /// Jobs in ascending order; ids that do not exist are left out.
    static func read(_ connection: isolated PostgresConnection, ids: [Int64]) throws -> [JobRecord] {
        guard !ids.isEmpty else { return [] }
        let parameter: [PostgresValue] = [.int8Array(ids)]
        let answers = try connection.pipeline(
            [requests, ended, live, progress, ready, later].map { PostgresStatement($0, parameter) })
        var places: [Int64: Place] = [:]
        for row in answers[1] { places[try row.int64(0)] = try decodeEnded(row) }
        for row in answers[2] {
            places[try row.int64(0)] = Place(
                state: .running, epoch: Epoch(try row.int64(1)), attempts: try row.int(2), crashes: try row.int(3),
                worker: try row.get(4))
        }
        var waiting: [Int64] = []
        for row in answers[5] where try row.int(3) == 3 { waiting.append(try row.int64(0)) }
        let needs = try needs(connection, of: waiting)
        var steps: [Int64: JobProgress] = [:]
        for row in answers[3] { steps[try row.int64(0)] = try decodeProgress(row) }
        for answer in answers[4...] {
            for row in answer {
                places[try row.int64(0)] = Place(state: .queued, attempts: try row.int(1), crashes: try row.int(2))
            }
        }
        let failures = try lastFailures(connection, of: places)
        return try answers[0].map { row in
            let id = try row.int64(0)
            var job = try record(row, at: places[id] ?? Place(state: .queued), lastFailure: failures[id])
            job.progress = steps[id]
            job.waitsFor = needs[id] ?? []
            return job
        }
    }

    /// What a table says about a job; nothing about fresh ones.
    private struct Place {
        var state: JobState
        var epoch: Epoch?
        var attempts = 0
        var crashes = 0
        var worker: String?
        var result: JobResult?
        var failure: JobFailure?
        var finishedAt: PostgresTimestamp?
    }

    private static let requests = """
        SELECT id, batch_id, line, sample, custom_id, payload FROM job WHERE id = ANY($1) ORDER BY id
        """
    private static let ended = """
        SELECT d.id, d.epoch, d.attempt, d.crashes, w.name, d.state, d.finished_at, d.image, d.bytes, d.width, d.height,
            d.code, d.manifest, d.milliseconds, d.failure_code, d.failure_message, d.details
        FROM job_done d LEFT JOIN worker w ON w.id = d.worker WHERE d.id = ANY($1)
        """
    private static let live = """
        SELECT l.id, l.epoch, l.attempt, l.crashes, w.name
        FROM job_live l LEFT JOIN worker w ON w.id = l.worker WHERE l.id = ANY($1)
        """
    private static let progress = """
        SELECT id, step, total, note, checkpoint, preview, curve FROM job_progress WHERE id = ANY($1)
        """
    // The key of the table begins with the batch; a job is in exactly one.
    private static let ready = """
        SELECT r.id, r.attempt, r.crashes FROM job j JOIN job_ready r ON r.batch_id = j.batch_id AND r.id = j.id
        WHERE j.id = ANY($1)
        """
    private static let later = "SELECT id, attempt, crashes, why FROM job_later WHERE id = ANY($1)"

    /// What jobs wait for.
    private static func needs(
        _ connection: isolated PostgresConnection, of jobs: [Int64]
    ) throws -> [Int64: [JobID]] {
        guard !jobs.isEmpty else { return [:] }
        let rows = try connection.query(
            "SELECT id, needs FROM job_need WHERE id = ANY($1) ORDER BY needs", [.int8Array(jobs)])
        var needs: [Int64: [JobID]] = [:]
        for row in rows { needs[try row.int64(0), default: []].append(JobID(try row.int64(1))) }
        return needs
    }

    private static func record(_ row: PostgresRow, at place: Place, lastFailure: JobFailure?) throws -> JobRecord {
        JobRecord(
            id: JobID(try row.int64(0)), batch: BatchID(try row.int64(1)), line: try row.int(2),
            sample: try row.int(3), customID: try row.get(4), state: place.state, epoch: place.epoch,
            attempts: place.attempts, crashes: place.crashes, payload: try row.bytes(5), result: place.result,
            failure: place.failure ?? lastFailure, worker: place.worker, finishedAt: place.finishedAt)
    }

    private static func decodeProgress(_ row: PostgresRow) throws -> JobProgress {
        JobProgress(
            step: try row.int(1), total: try row.int(2),
            checkpoint: try row.isNull(4) ? nil : Hexadecimal.text(try row.bytes(4)), note: try row.get(3),
            preview: try row.isNull(5) ? nil : Hexadecimal.text(try row.bytes(5)),
            curve: try row.isNull(6) ? nil : Hexadecimal.text(try row.bytes(6)))
    }

    private static func decodeEnded(_ row: PostgresRow) throws -> Place {
        let number = try row.int(5)
        var place = Place(
            state: number == 1 ? .succeeded : number == 2 ? .failed : .cancelled, epoch: Epoch(try row.int64(1)),
            attempts: try row.int(2), crashes: try row.int(3), worker: try row.get(4), finishedAt: try row.get(6))
        if place.state == .succeeded {
            let manifest: [UInt8]? = try row.isNull(12) ? nil : try row.bytes(12)
            place.result = JobResult(
                imageDigest: Hexadecimal.text(try row.bytes(7)), bytes: try row.int(8), width: try row.int(9),
                height: try row.int(10), codeDigest: Hexadecimal.text(try row.bytes(11)),
                manifestDigest: manifest.map(Hexadecimal.text), milliseconds: try row.int(13),
                details: try row.isNull(16) ? .none : JobDetails(decoding: try row.bytes(16)))
        } else if let code = try row.get(14, as: String?.self) {
            place.failure = JobFailure(
                code: code, message: try row.get(15, as: String?.self) ?? "", retryable: false)
        }
        return place
    }

    /// Why the last attempt failed, of jobs that have not ended.
    private static func lastFailures(
        _ connection: isolated PostgresConnection, of places: [Int64: Place]
    ) throws -> [Int64: JobFailure] {
        let ids = places.filter { !$0.value.state.isTerminal }.map(\.key)
        guard !ids.isEmpty else { return [:] }
        var failures: [Int64: JobFailure] = [:]
        let rows = try connection.query(
            """
            SELECT DISTINCT ON (id) id, code, message FROM job_attempt
            WHERE id = ANY($1) AND code IS NOT NULL ORDER BY id, epoch DESC
            """, [.int8Array(ids)])
        for row in rows {
            failures[try row.int64(0)] = JobFailure(
                code: try row.string(1), message: try row.get(2, as: String?.self) ?? "", retryable: true)
        }
        return failures
    }
}
