internal import CLibPQ

extension Session {
    /// Sends all statements at once and reads all answers: one implicit transaction, unless one is open already.
    func pipeline(_ statements: [PostgresStatement]) throws(PostgresError) -> [PostgresRows] {
        guard !statements.isEmpty else { return [] }
        let wasIdle = isIdle
        var blocks: [(name: String, block: ParameterBlock)] = []
        blocks.reserveCapacity(statements.count)
        for statement in statements {
            let block = try ParameterBlock(statement.parameters)
            blocks.append((try prepared(statement.sql, block.types), block))
        }
        guard unsafe PQenterPipelineMode(raw) == 1 else { throw failure() }
        return try settled(autocommits: wasIdle) { () throws(PostgresError) in
            try send(blocks)
            let outcome = try receive(blocks.count)
            guard unsafe PQexitPipelineMode(raw) == 1 else { throw failure() }
            return try outcome.get()
        }
    }

    private func send(_ blocks: [(name: String, block: ParameterBlock)]) throws(PostgresError) {
        for (name, block) in blocks {
            // libpq reads answers while it waits to write, so a full socket on both sides cannot lock up.
            let sent = unsafe block.withPointers { values, lengths, formats in
                unsafe PQsendQueryPrepared(raw, name, CInt(block.count), values, lengths, formats, 1)
            }
            guard sent == 1 else { throw failure() }
        }
        guard unsafe PQpipelineSync(raw) == 1 else { throw failure() }
    }

    /// Reads one result per statement and the synchronisation point after them.
    private func receive(_ count: Int) throws(PostgresError) -> Result<[PostgresRows], PostgresError> {
        var rows: [PostgresRows] = []
        rows.reserveCapacity(count)
        var failure: PostgresError?
        for index in 0..<count {
            while let pointer = unsafe PQgetResult(raw) {
                if unsafe PQresultStatus(pointer) == PGRES_PIPELINE_ABORTED {
                    unsafe PQclear(pointer)
                    continue
                }
                do throws(PostgresError) {
                    rows.append(PostgresRows(result: try unsafe check(pointer)))
                } catch {
                    guard !isBroken else { throw error }
                    var error = error
                    error.statementIndex = index
                    failure = failure ?? error
                }
            }
            guard !isBroken else { throw failure ?? self.failure() }
        }
        // The synchronisation point; no null follows it.
        _ = try unsafe check(PQgetResult(raw))
        return failure.map { .failure($0) } ?? .success(rows)
    }
}
