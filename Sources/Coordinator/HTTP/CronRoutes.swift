import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs

/// The routes of cron entries: add, look at, remove, pause, resume, fire.
struct CronRoutes {
    let store: JobStore
    let views: Views
    /// Rings when there is something new to dispatch.
    let work: Bell

    func add(to router: Router<AccessContext>) {
        router.get("/v1/cron") { _, context in
            try await Answers.json(
                CronList(entries: store.cronEntries(of: context.principal.sees).map { CronView($0) }))
        }
        router.get("/v1/cron/:name") { _, context in
            try await show(store.cron(name(in: context), of: context.principal.tenant))
        }
        router.put("/v1/cron/:name") { request, context in try await put(request, name(in: context), context) }
        router.delete("/v1/cron/:name") { _, context in
            try await show(store.removeCron(name(in: context), of: context.principal.tenant))
        }
        router.post("/v1/cron/:name/pause") { _, context in
            try await show(store.pauseCron(name(in: context), of: context.principal.tenant))
        }
        router.post("/v1/cron/:name/resume") { _, context in try await resume(name(in: context), context) }
        router.post("/v1/cron/:name/fire") { request, context in
            try await fire(request, name(in: context), context)
        }
    }

    private func put(_ request: Request, _ name: String, _ context: AccessContext) async throws -> Response {
        var request = request
        let body = try await request.decode(CronBody.self, upTo: Limits.maximumCronBodyBytes)
        let wanted = try CronRequest(name: name, body, now: Int(Date().timeIntervalSince1970))
        try await checkCaptions(of: wanted.specification)
        let put = try await store.putCron(
            wanted.specification, of: context.principal.tenant, zone: wanted.zone)
        return try Answers.json(
            CronView(put.entry), status: put.isNew ? .created : .ok, headers: [.location: Routes.cron(name)])
    }

    /// Refuses captions that the model cannot draw, where the model is known.
    ///
    /// An entry may be added before the first worker with its model comes; it is checked again with every firing.
    private func checkCaptions(of specification: CronSpecification) async throws {
        let model: AnnouncedModel
        do throws(StoreError) {
            model = try await store.model(named: specification.batch.model).model
        } catch {
            guard error.reason == .unknownModel else { throw error }
            return
        }
        let errors = CronCaptions.refused(by: model, specification.items)
        guard errors.isEmpty else { throw Problems.badCronItems(errors.map { ProblemDetails.ItemError($0) }) }
    }

    private func resume(_ name: String, _ context: AccessContext) async throws -> Response {
        let entry: CronRecord
        do throws(StoreError) {
            entry = try await store.resumeCron(name, of: context.principal.tenant, zones: Zones.offset)
        } catch {
            guard error.reason == .invalidValue else { throw error }
            throw Problems.badCron("The entry cannot be resumed: \(error.message).")
        }
        return try show(entry)
    }

    private func fire(_ request: Request, _ name: String, _ context: AccessContext) async throws -> Response {
        let key = try request.idempotencyKey()
        let created: CreatedBatch
        do throws(StoreError) {
            created = try await store.fireCronNow(
                name, of: context.principal.tenant, idempotencyKey: key, check: CronCaptions.refused)
        } catch {
            guard case .badItems(let errors) = error.reason else { throw error }
            throw Problems.badCronItems(errors.map { ProblemDetails.ItemError($0) })
        }
        work.ring()
        var headers: HTTPFields = [.location: Routes.batch(created.batch.id.rawValue)]
        if created.isReplay { headers[.idempotencyReplayed] = "true" }
        return try await Answers.json(views.batch(created.batch), status: .created, headers: headers)
    }

    private func name(in context: some RequestContext) throws -> String {
        guard let name = context.parameters.get("name"), CronSpecification.isName(name) else {
            throw Problems.badParameter(
                "The name of a cron entry has 1 to \(CronSpecification.maximumNameBytes) lower-case letters, digits, "
                    + "dots, hyphens or underscores, the first a letter or digit.")
        }
        return name
    }

    private func show(_ entry: CronRecord) throws -> Response {
        try Answers.json(CronView(entry))
    }
}

extension ProblemDetails.ItemError {
    /// A refused line as the interface names it.
    init(_ error: LineError) {
        self.init(
            line: error.line, code: ProblemCode(rawValue: error.error.code.rawValue), message: error.error.message)
    }
}
