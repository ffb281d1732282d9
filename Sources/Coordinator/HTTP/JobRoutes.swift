import Artifacts
import HTTPTypes
import Hummingbird
import JobAPI
import JobDispatch
import JobStore
import Jobs

/// The routes of jobs.
struct JobRoutes {
    let store: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?
    let views: Views
    let artifacts: any ArtifactStore

    func add(to router: Router<AccessContext>) {
        router.get("/v1/batches/:id/jobs") { request, context in try await list(request, context) }
        router.get("/v1/jobs/:id") { request, context in
            try await show(JobID(request.id("id", in: context)), context)
        }
        router.post("/v1/jobs/:id/cancel") { request, context in
            let id = JobID(try request.id("id", in: context))
            // Where Redis is away the worker goes on for nothing: what it reports is stale.
            let lease = try await store.cancel(id, of: context.principal.sees)
            if let lease { _ = try? await dispatch?.cancel([lease]) }
            return try await show(id, context)
        }
        router.get("/v1/jobs/:id/manifest") { request, context in try await manifest(request, context) }
    }

    private func show(_ id: JobID, _ context: AccessContext) async throws -> Response {
        let job = try await store.job(id, of: context.principal.sees)
        guard let view = try await views.jobs([job]).first else { throw Problems.notFound("There is no such job.") }
        return try Answers.json(view)
    }

    /// How the image came to be, as the worker wrote it down.
    private func manifest(_ request: Request, _ context: AccessContext) async throws -> Response {
        let id = JobID(try request.id("id", in: context))
        let job = try await store.job(id, of: context.principal.sees)
        // Two guards: swiftc 6.3.1 crashes when it optimises the one that awaits in its middle.
        guard job.state == .succeeded, let epoch = job.epoch else { throw Self.noManifest(of: id) }
        guard let manifest = try await artifacts.manifest(job: id, epoch: epoch) else { throw Self.noManifest(of: id) }
        return try Answers.bytes(manifest.encoded(), type: "application/json")
    }

    private static func noManifest(of id: JobID) -> ProblemDetails {
        Problems.notFound("Job \(id) has no manifest: it has one once it has succeeded.")
    }

    private func list(_ request: Request, _ context: AccessContext) async throws -> Response {
        let batch = BatchID(try request.id("id", in: context))
        let limit = try request.number("limit", in: 1...Limits.maximumPageSize, default: Limits.defaultPageSize)
        let cursor = try request.cursor("j").map(JobID.init(rawValue:))
        let status = try status(of: request)
        let page = try await store.jobs(
            of: batch, tenant: context.principal.sees, after: cursor, limit: limit, states: Self.candidates(of: status))
        let jobs = try await views.jobs(page.elements).filter { status == nil || $0.state == status }
        return try Answers.json(JobPage(jobs: jobs, next: page.next.map { "j\($0)" }))
    }

    /// States of the store that may show as a status: it counts jobs as running from the moment they go to Redis, and
    /// some of them wait there.
    private static func candidates(of status: JobStatus?) -> Set<JobState> {
        guard let status else { return [] }
        return status == .queued ? [.queued, .running] : [status.state]
    }

    private func status(of request: Request) throws -> JobStatus? {
        guard let text = request.uri.queryParameters["state"] else { return nil }
        guard let status = JobStatus(rawValue: String(text)) else {
            let known = JobStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problems.badParameter("\"state\" has to be one of \(known).")
        }
        return status
    }
}
