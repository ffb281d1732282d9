import Failpoints
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs
import Metrics
import Telemetry

/// The routes of batches: create, upload, seal, look at, and everything that is done to a whole one.
struct BatchRoutes {
    let store: JobStore
    let upload: ItemUpload
    let views: Views
    /// Rings when there is something new to dispatch.
    let work: Bell
    /// Rings when a batch was changed.
    let changed: Bell

    func add(to router: Router<AccessContext>) {
        router.post("/v1/batches") { request, context in try await create(request, context) }
        router.post(RouterPath(Routes.estimate)) { request, _ in try await estimate(request) }
        router.get("/v1/batches") { request, context in try await list(request, context) }
        router.get("/v1/batches/:id") { request, context in
            try await show(store.batch(BatchID(request.id("id", in: context)), of: context.principal.sees))
        }
        router.put("/v1/batches/:id/items") { request, context in try await items(request, context) }
        router.post("/v1/batches/:id/seal") { request, context in
            let batch = try await store.seal(
                BatchID(request.id("id", in: context)), of: context.principal.sees)
            try Failpoint.afterSealCommit.reachThrowing()
            work.ring()
            return try await show(batch)
        }
        router.delete("/v1/batches/:id") { request, context in
            try await show(store.abandon(BatchID(request.id("id", in: context)), of: context.principal.sees))
        }
        addChanges(to: router)
    }

    private func addChanges(to router: Router<AccessContext>) {
        func change(
            _ verb: String, _ body: @escaping @Sendable (BatchID, TenantID?, Request) async throws -> BatchRecord
        ) {
            router.post(RouterPath("/v1/batches/:id/\(verb)")) { request, context in
                let batch = try await body(
                    BatchID(try request.id("id", in: context)), context.principal.sees, request)
                changed.ring()
                work.ring()
                return try await show(batch)
            }
        }
        change("cancel") { [store] id, tenant, _ in try await store.cancel(id, of: tenant) }
        change("pause") { [store] id, tenant, _ in try await store.pause(id, of: tenant) }
        change("resume") { [store] id, tenant, _ in try await store.resume(id, of: tenant) }
        router.post("/v1/batches/:id/retry-failed") { request, context in
            let id = BatchID(try request.id("id", in: context))
            let (batch, more) = try await store.retryFailed(of: id, tenant: context.principal.sees)
            changed.ring()
            work.ring()
            var view = try await views.batch(batch)
            view.moreFailed = more
            return try Answers.json(view)
        }
        change("priority") { [store] id, tenant, request in
            var request = request
            let priority = try await request.decode(PriorityBody.self).priority
            guard BatchSchedule.priorities.contains(priority) else {
                let range = BatchSchedule.priorities
                throw Problems.badBatch(
                    "The field “priority” must be from \(range.lowerBound) to \(range.upperBound).")
            }
            return try await store.setPriority(priority, of: id, tenant: tenant)
        }
    }

    private func create(_ request: Request, _ context: AccessContext) async throws -> Response {
        var request = request
        let key = try request.idempotencyKey()
        let body = try await request.decode(CreateBatchBody.self, upTo: Limits.maximumSubmissionBytes)
        let specification = try Self.specification(of: body)
        let created: CreatedBatch
        if let items = body.items {
            created = try await submit(specification, items, key, context.principal.tenant)
            work.ring()
        } else {
            created = try await store.createBatch(
                specification, idempotencyKey: key, tenant: context.principal.tenant)
        }
        var headers: HTTPFields = [.location: Routes.batch(created.batch.id.rawValue)]
        if created.isReplay { headers[.idempotencyReplayed] = "true" }
        return try await Answers.json(views.batch(created.batch), status: .created, headers: headers)
    }

    private static func specification(of body: CreateBatchBody) throws(ProblemDetails) -> BatchSpecification {
        do {
            return try BatchSpecification(body)
        } catch {
            throw Problems.badBatch("The field \(error).")
        }
    }

    /// How many jobs a batch would have, and how long it would take at the rate of the latest of its kind.
    private func estimate(_ request: Request) async throws -> Response {
        var request = request
        let body = try await request.decode(EstimateBody.self)
        let specification = try Self.specification(of: body.batch)
        guard (1...Limits.maximumLinesPerBatch).contains(body.lines),
            body.lines <= Limits.maximumJobsPerBatch / specification.variants
        else {
            throw Problems.tooManyItems(
                limit: min(Limits.maximumLinesPerBatch, Limits.maximumJobsPerBatch / specification.variants),
                samples: specification.variants)
        }
        try await store.check(specification)
        let rate = try await store.rate(of: specification.kind, model: specification.model)
        let jobs = body.lines * specification.variants
        return try Answers.json(
            EstimateView(jobs: jobs, imagesPerSecond: rate, seconds: rate.map { Double(jobs) / $0 }))
    }

    /// Creates, fills and seals a batch in one transaction.
    private func submit(
        _ specification: BatchSpecification, _ items: [CronItem], _ key: String?, _ tenant: TenantID
    ) async throws -> CreatedBatch {
        guard (1...Limits.maximumSubmissionItems).contains(items.count) else {
            throw Problems.badBatch(
                "The field “items” must have 1 to \(Limits.maximumSubmissionItems) captions; upload larger batches.")
        }
        let captions: [CaptionItem]
        do throws(RefusedItems) {
            captions = try RefusedItems.check(items, kind: specification.kind, batch: specification.options)
        } catch {
            throw Problems.badItems(error.errors, received: nil)
        }
        let created = try await store.submit(specification, captions, idempotencyKey: key, tenant: tenant) {
            upload.vocabularies.check(of: $0, kind: specification.kind).refused($1)
        }
        if !created.isReplay { Counter(label: MetricName.items).increment(by: captions.count) }
        return created
    }

    private func list(_ request: Request, _ context: AccessContext) async throws -> Response {
        let limit = try request.number("limit", in: 1...Limits.maximumPageSize, default: Limits.defaultPageSize)
        let cursor = try request.cursor("b").map(BatchID.init(rawValue:))
        let page = try await store.batches(before: cursor, limit: limit, of: context.principal.sees)
        return try await Answers.json(
            BatchPage(batches: views.batches(page.elements), next: page.next.map { "b\($0)" }))
    }

    private func items(_ request: Request, _ context: AccessContext) async throws -> Response {
        let id = BatchID(try request.id("id", in: context))
        let line = try request.number("from", in: 0...Limits.maximumLinesPerBatch, default: 0)
        try Self.checkType(request)
        let length = request.headers[.contentLength].flatMap { Int($0) }
        return try Answers.json(
            await upload.run(
                into: id, of: context.principal.sees, from: line, body: request.body, length: length))
    }

    /// A form or a picture is a mistake of the caller; a missing type is not worth an error.
    private static func checkType(_ request: Request) throws {
        guard let type = request.headers[.contentType]?.prefix(while: { $0 != ";" }).lowercased() else { return }
        let fit = [Routes.itemsContentType, "application/jsonl", "application/json-lines", "application/octet-stream"]
        guard fit.contains(type.trimming(" ")) else { throw Problems.unsupportedMediaType(type) }
    }

    private func show(_ batch: BatchRecord) async throws -> Response {
        try await Answers.json(views.batch(batch))
    }
}

extension BatchSpecification {
    /// What a client asks for, checked.
    init(_ body: CreateBatchBody) throws(SpecificationError) {
        let schedule = BatchSchedule(
            priority: body.priority, band: body.band.band, weight: body.weight,
            startAt: body.startAt.map { UnixTime($0) }, expiresAt: body.expiresAt.map { UnixTime($0) },
            uniqueKey: body.uniqueKey, maximumAttempts: body.maximumAttempts,
            timeout: body.timeoutSeconds.map { .seconds($0) },
            progressTimeout: body.progressTimeoutSeconds.map { .seconds($0) })
        let options: JobOptions
        do {
            options = try JobOptions(body.options)
        } catch {
            throw SpecificationError(field: "options", "has a mistake: \(error)")
        }
        if let after = body.after, after < 1 {
            throw SpecificationError(field: "after", "must be the number of a batch")
        }
        try self.init(
            name: body.name, kind: body.kind.kind, model: body.model, samples: body.samples, seed: body.seed,
            truncation: body.truncation, schedule: schedule, options: options, truncations: body.truncations ?? [],
            styles: body.styles ?? [], after: body.after.map { BatchID($0) })
    }
}

extension Request {
    /// The key that makes a request safe to repeat, where there is one.
    func idempotencyKey() throws -> String? {
        guard let key = headers[.idempotencyKey] else { return nil }
        guard (1...Limits.maximumIdempotencyKeyBytes).contains(key.utf8.count) else {
            throw Problems.badParameter(
                "An Idempotency-Key has 1 to \(Limits.maximumIdempotencyKeyBytes) bytes; a UUID is a good one.")
        }
        return key
    }

    /// The cursor of a page: a letter that names the list, and a number.
    func cursor(_ letter: Character) throws -> Int64? {
        guard let text = uri.queryParameters["cursor"] else { return nil }
        guard text.first == letter, let number = Int64(text.dropFirst()), number >= 0 else {
            throw Problems.badParameter("\"cursor\" has to be the \"next\" of the page before.")
        }
        return number
    }
}

extension HTTPField.Name {
    // The names are literals of plain letters and hyphens, which every field name may have.
    // swift-format-ignore: NeverForceUnwrap
    static let idempotencyKey = HTTPField.Name(Routes.idempotencyKeyHeader)!
    // As above.
    // swift-format-ignore: NeverForceUnwrap
    static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}

extension String {
    fileprivate func trimming(_ character: Character) -> String {
        String(drop(while: { $0 == character }).reversed().drop(while: { $0 == character }).reversed())
    }
}
