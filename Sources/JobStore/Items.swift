public import Jobs
import Postgres
import Synchronization

extension JobStore {
    /// Adds lines to an open batch: one job for each line and variant.
    ///
    /// Lines that the batch has already are skipped, so that sending them again changes nothing. Lines are taken in
    /// chunks, each in its own transaction; after an error, ``BatchRecord/items`` says how far it came.
    /// - Parameters:
    ///   - items: The lines, in order.
    ///   - id: The batch.
    ///   - line: Number of the first of them in the batch, from 0; at most the number of lines received.
    ///   - tenant: Whose batch it has to be; anybody's if `nil`.
    /// - Throws: ``StoreError/Reason/quotaExceeded`` where the tenant would have more jobs than it may;
    ///   ``StoreError/Reason/badItems(_:)`` where lines name what is not there, or ask for what the model cannot do.
    /// - Returns: Lines that the batch has now.
    public func append(
        _ items: [CaptionItem], to id: BatchID, from line: Int, of tenant: TenantID? = nil
    ) async throws(StoreError) -> Int {
        let variants = try await batch(id, of: tenant).specification.variants
        let size = max(1, Self.transactionLimit / variants)
        var received = 0
        var start = 0
        repeat {
            try await makePartitions()
            let chunk = Upload(line: line + start, items: items[start..<min(start + size, items.count)])
            received = try await transaction { connection in
                try self.append(connection, chunk, to: id, of: tenant)
            }
            start += size
        } while start < items.count
        return received
    }

    /// Lines on their way into a batch.
    struct Upload: Sendable {
        var line: Int
        var items: ArraySlice<CaptionItem>

        /// Without the lines before number `line` of the batch.
        func dropping(before line: Int) -> Upload {
            Upload(line: line, items: items.dropFirst(line - self.line))
        }

        var numbered: some Sequence<(line: Int, item: CaptionItem)> {
            items.enumerated().lazy.map { (line: line + $0.offset, item: $0.element) }
        }
    }

    /// Adds lines within a transaction of this store.
    /// - Returns: Lines that the batch has now.
    func append(
        _ connection: isolated PostgresConnection, _ upload: Upload, to id: BatchID, of tenant: TenantID? = nil
    ) throws -> Int {
        let batch = try Self.lock(connection, id, of: tenant)
        guard batch.state == .open else { throw Self.notOpen(batch) }
        guard upload.line <= batch.items else {
            throw StoreError(
                .outOfStep(received: batch.items),
                "batch \(id) has \(batch.items) lines; go on from there, not from line \(upload.line)")
        }
        let fresh = upload.dropping(before: batch.items)
        guard !fresh.items.isEmpty else { return batch.items }
        let variants = batch.specification.variants
        let count = fresh.items.count * variants
        guard batch.items * variants + count <= BatchSpecification.maximumJobs else {
            throw StoreError(
                .tooManyJobs,
                "a batch may have \(BatchSpecification.maximumJobs) jobs (lines times samples, truncations and styles); split it"
            )
        }
        try Self.checkQuota(connection, of: batch.tenant, adding: count)
        try Self.checkAbilities(connection, fresh, of: batch)
        try Self.claimCustomIDs(connection, fresh, of: id)
        let base = try reserveIDs(connection, count)
        let references = try LineReferences(connection, fresh, of: batch, base: base)
        let needs = try Self.copy(connection, fresh, of: batch, base: base, references)
        let received = batch.items + fresh.items.count
        let isWaiting = try needs.write(connection, references, of: batch, jobs: base..<base + Int64(count))
        try Self.extend(connection, batch, to: received, base: base, count: count, areAllFresh: !isWaiting)
        return received
    }

    /// Writes the jobs of an upload.
    /// - Returns: What they need.
    private static func copy(
        _ connection: isolated PostgresConnection, _ upload: Upload, of batch: BatchRecord, base: Int64,
        _ references: LineReferences
    ) throws -> UploadedNeeds {
        let specification = batch.specification
        var needs = UploadedNeeds()
        try connection.copyIn("COPY job (id, batch_id, line, sample, custom_id, payload) FROM STDIN") { writer in
            var id = base
            var payload: [UInt8] = []
            for (line, item) in upload.numbered {
                for sample in 0..<specification.variants {
                    writer.field(id)
                    writer.field(batch.id.rawValue)
                    writer.field(line)
                    writer.field(sample)
                    if let customID = item.customID { writer.field(customID) } else { writer.null() }
                    payload.removeAll(keepingCapacity: true)
                    // What most lines have none of costs them nothing.
                    let inputs = item.isPlain ? nil : references.inputs(of: item, variant: sample)
                    if let inputs { needs.add(inputs, of: id) }
                    specification.request(
                        for: item, line: line, sample: sample, digest: batch.modelDigest, inputs: inputs
                    ).encode(into: &payload)
                    writer.field(utf8: payload)
                    try writer.endRow()
                    id += 1
                }
            }
        }
        return needs
    }

    /// Notes what an upload brought, in the block of ids, the batch and its counters.
    private static func extend(
        _ connection: isolated PostgresConnection, _ batch: BatchRecord, to items: Int, base: Int64, count: Int,
        areAllFresh: Bool
    ) throws {
        let id = PostgresValue.int8(batch.id.rawValue)
        let lines = PostgresStatement(
            "UPDATE batch SET items = $2, uploaded_at = clock_timestamp() WHERE id = $1",
            [id, .int4(Int32(items))])
        guard areAllFresh else {
            // A block of its own, of which nothing is fresh: each of its jobs is in a place of its own already.
            _ = try connection.pipeline([
                lines,
                PostgresStatement(
                    "INSERT INTO batch_block (batch_id, base, count, next) VALUES ($1, $2, $3, $2 + $3)",
                    [id, .int8(base), .int4(Int32(count))]),
            ])
            return
        }
        let answers = try connection.pipeline([
            PostgresStatement(
                "UPDATE batch_block SET count = count + $3 WHERE batch_id = $1 AND base + count = $2",
                [id, .int8(base), .int4(Int32(count))]),
            lines,
            PostgresStatement("UPDATE batch_count SET ready = ready + $2 WHERE id = $1", [id, .int8(Int64(count))]),
        ])
        guard answers[0].affectedCount == 0 else { return }
        // Another batch took the ids in between.
        try connection.query(
            "INSERT INTO batch_block (batch_id, base, count, next) VALUES ($1, $2, $3, $2)",
            [id, .int8(base), .int4(Int32(count))])
    }

    // MARK: Custom ids

    /// Notes the custom ids of an upload, or names every line whose id is taken.
    ///
    /// The row of the batch is locked, so nobody else can take one between the look and the leap.
    private static func claimCustomIDs(
        _ connection: isolated PostgresConnection, _ upload: Upload, of id: BatchID
    ) throws {
        let named = upload.numbered.compactMap { line, item in item.customID.map { (line: line, customID: $0) } }
        guard !named.isEmpty else { return }
        let rows = try connection.query(
            "SELECT custom_id, line FROM item_key WHERE batch_id = $1 AND custom_id = ANY($2)",
            [.int8(id.rawValue), .textArray(named.map(\.customID))])
        var lines: [String: Int] = [:]
        for row in rows { lines[try row.string(0)] = try row.int(1) }
        var errors: [LineError] = []
        for (line, customID) in named {
            guard let other = lines.updateValue(line, forKey: customID) else { continue }
            lines[customID] = other
            errors.append(LineError(line: line + 1, error: .duplicateCustomID(customID, alreadyOn: other + 1)))
        }
        guard errors.isEmpty else {
            throw StoreError(
                .badItems(errors), "\(errors.count) lines have a “custom_id” that another line has already")
        }
        try connection.copyIn("COPY item_key (batch_id, custom_id, line) FROM STDIN") { writer in
            for (line, customID) in named {
                writer.field(id.rawValue)
                writer.field(customID)
                writer.field(line)
                try writer.endRow()
            }
        }
    }
}
