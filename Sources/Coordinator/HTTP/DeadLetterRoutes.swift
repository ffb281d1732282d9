import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs

/// The routes of dead letters: look at them, run them again, strike them off.
struct DeadLetterRoutes {
    let store: JobStore
    let views: Views
    /// Rings when there is something new to dispatch.
    let work: Bell

    func add(to router: Router<AccessContext>) {
        router.get("/v1/dead") { request, context in try await list(request, context) }
        router.post("/v1/dead/requeue") { request, context in
            let filter = try await filter(of: request, context)
            let (batches, more) = try await store.requeueDead(filter)
            work.ring()
            return try await Answers.json(RequeueReceipt(batches: views.batches(batches), more: more))
        }
        router.post("/v1/dead/purge") { request, context in
            let filter = try await filter(of: request, context)
            let (purged, more) = try await store.purge(filter)
            return try Answers.json(PurgeReceipt(purged: purged, more: more))
        }
    }

    private func list(_ request: Request, _ context: AccessContext) async throws -> Response {
        let limit = try request.number("limit", in: 1...Limits.maximumPageSize, default: Limits.defaultPageSize)
        let cursor = try request.cursor("d").map(JobID.init(rawValue:))
        let batch = try request.number("batch", in: 1...Int.max, default: 0)
        let filter = DeadLetterFilter(
            tenant: context.principal.sees, batch: batch == 0 ? nil : BatchID(Int64(batch)))
        let page = try await store.deadLetters(filter, after: cursor, limit: limit)
        return try Answers.json(
            DeadLetterPage(letters: page.elements.map { DeadLetterView($0) }, next: page.next.map { "d\($0)" }))
    }

    /// A selection that selects nothing is a mistake, not a wish for all; nor does “all” mean other tenants' without a
    /// word about them.
    private func filter(
        of request: Request, _ context: AccessContext
    ) async throws -> DeadLetterFilter {
        var request = request
        let selection = try await request.decode(DeadLetterSelection.self)
        guard !selection.isEmpty else {
            throw Problems.malformedBody(
                "Say which dead letters are meant: \"batch\", \"code\", \"jobs\" or \"all\": true.")
        }
        let filter = DeadLetterFilter(
            tenant: context.principal.sees, batch: selection.batch.map { BatchID($0) },
            jobs: selection.jobs.map { $0.map { JobID($0) } }, code: selection.code)
        // Numbers of jobs and batches say well enough whose they are.
        guard filter.tenant == nil, filter.batch == nil, filter.jobs == nil, selection.allTenants != true else {
            return filter
        }
        let tenants = try await store.tenants(withDead: filter)
        guard tenants.count <= 1 else { throw Problems.severalTenants(tenants) }
        return filter
    }
}

extension DeadLetterView {
    /// A dead letter as the interface shows it.
    init(_ letter: DeadLetter) {
        self.init(
            job: letter.job.rawValue, tenant: letter.tenantName, batch: letter.batch.rawValue,
            batchName: letter.batchName, line: letter.line + 1,
            customID: letter.customID, code: letter.failure.code, message: letter.failure.message,
            attempts: letter.attempts, crashes: letter.crashes, diedAt: Date(letter.diedAt))
    }
}
