import Jobs
import Postgres

/// The references of lines on their way into a batch: to artifacts, to jobs, to other lines.
///
/// All that they name is looked for in a few statements for all lines together; what is not there, or not the owner's,
/// is an error of its line. Lines that name nothing cost nothing.
struct LineReferences: Sendable {
    /// The job of the first sample of what a reference names, and how many there are.
    private struct Target {
        var job: Int64
        var variants: Int
        var batch: Int64
    }

    private var targets: [InputReference: Target] = [:]
    private var artifacts: Set<String> = []
    private var errors: [LineError] = []
    private let batch: BatchRecord
    private let firstLine: Int
    private let base: Int64

    /// Batches of the jobs that are named, other than the batch itself.
    private(set) var batches: Set<Int64> = []
    /// Whether a line names lines of the batch that comes before.
    private(set) var usesAfter = false
    /// Those of ``batches`` that wait until the batch itself is finished.
    private var behind: Set<Int64> = []

    /// Looks for everything that the lines of an upload name.
    /// - Parameters:
    ///   - upload: Lines that the batch does not have yet.
    ///   - base: Id of their first job.
    /// - Throws: ``StoreError/Reason/badItems(_:)`` with every line that names what is not there.
    init(
        _ connection: isolated PostgresConnection, _ upload: JobStore.Upload, of batch: BatchRecord, base: Int64
    ) throws {
        self.batch = batch
        self.base = base
        firstLine = upload.line
        var wanted = Wanted()
        for (_, item) in upload.numbered where !item.isPlain {
            for reference in item.inputs.references { wanted.add(reference) }
        }
        guard !wanted.isEmpty else { return }
        artifacts = try Self.owned(connection, wanted.artifacts, by: batch.tenant)
        try findJobs(connection, wanted.jobs)
        try findLines(connection, wanted.lines, upload, base: base)
        try findAfter(connection, wanted.after)
        try findBehind(connection)
        for (line, item) in upload.numbered where !item.isPlain { check(item, line: line) }
        guard errors.isEmpty else {
            throw StoreError(
                .badItems(errors), "line \(errors[0].line) is refused: \(errors[0].error.message)")
        }
    }

    /// The inputs of one of a line's jobs, with jobs in the place of lines.
    /// - Parameter variant: Which of the jobs of the line, from 0.
    func inputs(of item: CaptionItem, variant: Int) -> JobInputs {
        item.inputs.mapped { reference, _ in
            guard let target = targets[reference] else { return reference }
            return .job(JobID(target.job + Int64(variant < target.variants ? variant : 0)))
        }
    }

    // MARK: Looking

    /// What is named, by kind.
    private struct Wanted {
        var artifacts: Set<String> = []
        var jobs: Set<Int64> = []
        var lines: Set<String> = []
        var after: Set<String> = []
        var isEmpty: Bool { artifacts.isEmpty && jobs.isEmpty && lines.isEmpty && after.isEmpty }

        mutating func add(_ reference: InputReference) {
            switch reference {
            case .artifact(let digest): artifacts.insert(digest)
            case .job(let id): jobs.insert(id.rawValue)
            case .line(let name): lines.insert(name)
            case .after(let name): after.insert(name)
            }
        }
    }

    private static func owned(
        _ connection: isolated PostgresConnection, _ digests: Set<String>, by tenant: TenantID
    ) throws -> Set<String> {
        guard !digests.isEmpty else { return [] }
        let known = try ArtifactOwners.known(connection, digests, to: tenant)
        let missing = digests.subtracting(known)
        guard !missing.isEmpty else { return known }
        return known.union(try ArtifactOwners.claimMade(connection, missing, for: tenant))
    }

    private mutating func findJobs(_ connection: isolated PostgresConnection, _ jobs: Set<Int64>) throws {
        guard !jobs.isEmpty else { return }
        let rows = try connection.query(
            """
            SELECT j.id, j.batch_id FROM job j JOIN batch b ON b.id = j.batch_id
            WHERE j.id = ANY($1) AND b.tenant = $2 AND b.state <> 4
            """, [.int8Array(jobs.sorted()), .int4(batch.tenant.rawValue)])
        for row in rows {
            let (id, batch) = (try row.int64(0), try row.int64(1))
            // Exactly this job, whichever sample asks.
            targets[.job(JobID(id))] = Target(job: id, variants: 1, batch: batch)
            if batch != self.batch.id.rawValue { batches.insert(batch) }
        }
    }

    private mutating func findLines(
        _ connection: isolated PostgresConnection, _ names: Set<String>, _ upload: JobStore.Upload, base: Int64
    ) throws {
        guard !names.isEmpty else { return }
        let variants = batch.specification.variants
        var numbers: [String: Int] = [:]
        for (line, item) in upload.numbered {
            if let id = item.customID, names.contains(id) { numbers[id] = line }
        }
        let earlier = try BatchLines(connection, batch.id.rawValue, variants: variants)
        try earlier.find(connection, names.filter { numbers[$0] == nil }, into: &numbers)
        for name in names {
            guard let line = numbers[name] ?? BatchLines.number(name) else { continue }
            let job =
                line < upload.line
                ? earlier.job(ofLine: line)
                : line < upload.line + upload.items.count ? base + Int64((line - upload.line) * variants) : nil
            guard let job else { continue }
            targets[.line(name)] = Target(job: job, variants: variants, batch: batch.id.rawValue)
        }
    }

    private mutating func findAfter(_ connection: isolated PostgresConnection, _ names: Set<String>) throws {
        guard !names.isEmpty, let after = batch.specification.after?.rawValue else { return }
        usesAfter = true
        let rows = try connection.query(
            """
            SELECT samples * greatest(1, cardinality(truncations)) * greatest(1, cardinality(styles)),
                retry_of IS NOT NULL
            FROM batch WHERE id = $1
            """, [.int8(after)])
        guard let row = rows.first else { return }
        batches.insert(after)
        guard try !row.bool(1) else { return try findCopies(connection, names, of: after) }
        let lines = try BatchLines(connection, after, variants: try row.int(0))
        var numbers: [String: Int] = [:]
        try lines.find(connection, names, into: &numbers)
        for name in names {
            guard let line = numbers[name] ?? BatchLines.number(name), let job = lines.job(ofLine: line) else {
                continue
            }
            targets[.after(name)] = Target(job: job, variants: lines.variants, batch: after)
        }
    }

    /// The same in a batch of jobs that were run again: they kept the lines and custom ids that they had, and not every
    /// line is there, nor every sample.
    private mutating func findCopies(
        _ connection: isolated PostgresConnection, _ names: Set<String>, of retry: Int64
    ) throws {
        // The first sample comes last, and stays.
        let rows = try connection.query(
            """
            SELECT j.id, j.line, j.custom_id FROM batch_block k JOIN job j ON j.id >= k.base AND j.id < k.base + k.count
            WHERE k.batch_id = $1 AND (j.custom_id = ANY($2) OR j.line = ANY($3)) ORDER BY j.id DESC
            """,
            [
                .int8(retry), .textArray(names.sorted()),
                .int8Array(names.compactMap(BatchLines.number).sorted().map { Int64($0) }),
            ])
        var named: [String: Int64] = [:]
        var numbered: [String: Int64] = [:]
        for row in rows {
            let job = try row.int64(0)
            numbered["\(try row.int(1) + 1)"] = job
            if let name = try row.get(2, as: String?.self) { named[name] = job }
        }
        for name in names {
            guard let job = named[name] ?? numbered[name] else { continue }
            targets[.after(name)] = Target(job: job, variants: 1, batch: retry)
        }
    }

    /// Finds the named batches that come after this one, or work on what such a batch makes: this one would wait for
    /// them, and they for it, for ever.
    ///
    /// Whatever waits for it was there before this upload, for what is not there cannot be named.
    private mutating func findBehind(_ connection: isolated PostgresConnection) throws {
        guard !batches.isEmpty else { return }
        let id = PostgresValue.int8(batch.id.rawValue)
        let gated = try connection.query(
            "SELECT FROM batch WHERE gated AND after = $1 AND state IN (0, 1, 2) LIMIT 1", [id])
        guard !gated.isEmpty else { return }
        let rows = try connection.query(
            """
            WITH RECURSIVE behind (id) AS (
                SELECT id FROM batch WHERE gated AND after = $1 AND state IN (0, 1, 2)
                UNION SELECT w.id FROM behind h CROSS JOIN LATERAL (
                    SELECT b.id FROM batch b WHERE b.gated AND b.after = h.id AND b.state IN (0, 1, 2)
                    UNION ALL SELECT n.batch_id FROM batch_need n WHERE n.needs = h.id
                ) w
            )
            SELECT id FROM behind WHERE id = ANY($2)
            """, [id, .int8Array(batches.sorted())])
        behind = Set(try rows.map { try $0.int64(0) })
    }

    // MARK: Refusing

    private mutating func check(_ item: CaptionItem, line: Int) {
        guard errors.count < 1_000 else { return }
        for reference in item.inputs.references {
            guard let complaint = complaint(about: reference, line: line) else { continue }
            errors.append(LineError(line: line + 1, error: ItemError(.unknownInput, complaint)))
            return
        }
    }

    private func complaint(about reference: InputReference, line: Int) -> String? {
        switch reference {
        case .artifact(let digest):
            guard !artifacts.contains(digest) else { return nil }
            return "there is no artifact “\(reference.text.prefix(24))…” that you uploaded or that one of your latest "
                + "jobs made; upload it first, or name the job that makes it (job:…)"
        case .job:
            guard let target = targets[reference] else {
                return "there is no job “\(reference.text)” that could be waited for"
            }
            return circle(target, reference)
        case .line(let name):
            guard let target = targets[reference] else {
                return "no line of this batch has the custom id, or the number, “\(Self.readable(name))”"
            }
            let isAbove = target.job < firstJob(of: line)
            return isAbove ? nil : "“\(Self.readable(reference.text))” is not further up; put that line above this one"
        case .after(let name):
            guard let after = batch.specification.after else {
                return "the batch comes after no other, so “\(Self.readable(reference.text))” names nothing; "
                    + "say which when it is created (“after”)"
            }
            guard let target = targets[reference] else {
                return "no line of batch \(after) has the custom id, or the number, “\(Self.readable(name))”"
            }
            return circle(target, reference)
        }
    }

    private func circle(_ target: Target, _ reference: InputReference) -> String? {
        guard behind.contains(target.batch) else { return nil }
        return
            "“\(Self.readable(reference.text))” is of batch \(target.batch), which waits until this batch has finished; "
            + "neither would ever run"
    }

    private func firstJob(of line: Int) -> Int64 { base + Int64((line - firstLine) * batch.specification.variants) }

    private static func readable(_ text: String) -> String {
        String(text.unicodeScalars.prefix(60).map { $0.properties.generalCategory == .control ? "·" : Character($0) })
    }
}
