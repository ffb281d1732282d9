import Jobs
import Postgres

/// Puts artifacts into the place of jobs in requests that are handed out: a worker never sees the name of a job.
struct InputResolution {
    /// What stands in a request that names a job.
    private static let mark = Array("\"job:".utf8)

    /// The jobs with artifacts in the place of jobs.
    private(set) var jobs: [DispatchedJob] = []
    /// Executions that cannot be: what they work on is not there, nor will it ever be.
    private(set) var lost: [(lease: Lease, failure: JobFailure)] = []

    init(_ connection: isolated PostgresConnection, _ taken: [DispatchedJob]) throws {
        var requests: [JobID: JobRequest] = [:]
        var needed: Set<Int64> = []
        for job in taken where Self.namesJobs(job.payload) {
            let request = try JobRequest(decoding: job.payload)
            for case .job(let id) in request.inputs.references { needed.insert(id.rawValue) }
            requests[job.lease.job] = request
        }
        guard !needed.isEmpty else {
            jobs = taken
            return
        }
        var made: [JobID: (image: String, code: String)] = [:]
        let rows = try connection.query(Self.madeSQL, [.int8Array(needed.sorted())])
        for row in rows {
            made[JobID(try row.int64(0))] = (
                Hexadecimal.text(try row.bytes(1)), Hexadecimal.text(try row.bytes(2))
            )
        }
        for var job in taken {
            guard var request = requests[job.lease.job] else {
                jobs.append(job)
                continue
            }
            let missing = request.inputs.references.contains { reference in
                if case .job(let id) = reference { made[id] == nil } else { false }
            }
            guard !missing else {
                lost.append((job.lease, Self.failure))
                continue
            }
            request.inputs = request.inputs.mapped { reference, wantsCode in
                guard case .job(let id) = reference, let result = made[id] else { return reference }
                return .artifact(wantsCode ? result.code : result.image)
            }
            job.payload = request.encoded()
            jobs.append(job)
        }
    }

    /// What the jobs $1 have made.
    static let madeSQL = "SELECT id, image, code FROM job_done WHERE id = ANY($1) AND state = 1"

    private static let failure = JobFailure(
        code: JobFailure.needsFailedCode, message: "what the job works on is not kept any more; submit it anew",
        retryable: false)

    private static func namesJobs(_ payload: [UInt8]) -> Bool {
        guard payload.count > mark.count else { return false }
        return payload.indices.dropLast(mark.count).contains { start in
            payload[start] == mark[0] && payload[start...].starts(with: mark)
        }
    }
}
