import JobAPI
import Jobs

/// Turns the body of a request into a cron entry, or says which of its fields is wrong.
struct CronRequest {
    let specification: CronSpecification
    let zone: ZoneOffset

    /// - Parameters:
    ///   - name: Name of the entry, from the path.
    ///   - body: The body.
    ///   - now: Seconds since 1970, to see whether a time ever comes.
    init(name: String, _ body: CronBody, now: Int) throws(ProblemDetails) {
        let expression: CronExpression
        do {
            expression = try CronExpression(body.expression)
        } catch {
            throw Problems.badCron("The field “expression” is not valid: \(error).")
        }
        guard let zone = Zones.offset(body.zone) else {
            throw Problems.badCron(
                "The field “zone” is “\(Problems.readable(body.zone))”, which is no time zone known here. "
                    + "Name one of the IANA database, such as Europe/Berlin, or UTC.")
        }
        guard expression.next(after: now, in: zone) != nil else {
            throw Problems.badCron(
                "The field “expression” names a day that never comes. Check its day of month and its month.")
        }
        self.zone = zone
        guard body.batch.startAt == nil, body.batch.expiresAt == nil else {
            throw Problems.badCron(
                "The fields “batch.start_at” and “batch.expires_at” are moments, and an entry fires again and again. "
                    + "Leave them out.")
        }
        guard body.batch.items == nil else {
            throw Problems.badCron("The captions of an entry are its own “items”. Leave “batch.items” out.")
        }
        guard body.items.count <= Limits.maximumCronItems else {
            throw Problems.badCron(
                "The field “items” has \(body.items.count) captions; an entry may have \(Limits.maximumCronItems). "
                    + "Split it into several entries.")
        }
        guard body.batch.after == nil else {
            throw Problems.badCron(
                "The field “batch.after” names one batch, and an entry fires again and again. Leave it out.")
        }
        do {
            let batch = try Self.batch(body.batch)
            specification = try CronSpecification(
                name: name, expression: expression, zone: body.zone, missed: MissedFirings(body.missed),
                isSeedFixed: body.fixedSeed, batch: batch, items: try Self.items(body.items, of: batch))
        } catch let error as ProblemDetails {
            throw error
        } catch {
            throw Problems.badCron("The field \(error).")
        }
    }

    private static func items(
        _ items: [CronItem], of batch: BatchSpecification
    ) throws(ProblemDetails) -> [CaptionItem] {
        do throws(RefusedItems) {
            return try RefusedItems.check(items, kind: batch.kind, batch: batch.options)
        } catch {
            throw Problems.badCronItems(error.errors)
        }
    }

    /// A field of the batch is named with its path in the body.
    private static func batch(_ body: CreateBatchBody) throws(SpecificationError) -> BatchSpecification {
        do {
            return try BatchSpecification(body)
        } catch {
            var error = error
            error.field = "batch.\(error.field)"
            throw error
        }
    }
}
