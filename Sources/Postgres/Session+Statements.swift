internal import CLibPQ

extension Session {
    /// Runs a script by the simple protocol, without parameters.
    func simple(_ script: String) throws(PostgresError) -> ResultHandle {
        guard !script.utf8.contains(0) else { throw PostgresError(.misuse, "the SQL text holds a NUL byte") }
        let wasIdle = isIdle
        return try settled(autocommits: wasIdle) { () throws(PostgresError) in
            let result = try unsafe check(PQexec(raw, script))
            guard !result.isCopy else { throw abandonCopy() }
            return result
        }
    }

    /// Runs one statement, prepared on first use.
    func run(_ sql: String, _ parameters: [PostgresValue]) throws(PostgresError) -> PostgresRows {
        let block = try ParameterBlock(parameters)
        let wasIdle = isIdle
        do throws(PostgresError) {
            return try runPrepared(sql, block, autocommits: wasIdle)
        } catch  where wasIdle && error.isStalePlan {
            // The tables changed under the plan, or somebody deallocated it. The server ran nothing.
            try forgetStatements()
            return try runPrepared(sql, block, autocommits: true)
        }
    }

    private func runPrepared(
        _ sql: String, _ block: ParameterBlock, autocommits: Bool
    ) throws(PostgresError) -> PostgresRows {
        let name = try prepared(sql, block.types)
        return try settled(autocommits: autocommits) { () throws(PostgresError) in
            let pointer = unsafe block.withPointers { values, lengths, formats in
                unsafe PQexecPrepared(raw, name, CInt(block.count), values, lengths, formats, 1)
            }
            let result = try unsafe check(pointer)
            guard !result.isCopy else { throw abandonCopy() }
            return PostgresRows(result: result)
        }
    }

    /// Name of the prepared statement, which is prepared if need be: one more round trip, once per connection.
    func prepared(_ sql: String, _ types: [UInt32]) throws(PostgresError) -> String {
        if let name = statements.name(for: sql, types) { return name }
        guard !sql.utf8.contains(0) else { throw PostgresError(.misuse, "the SQL text holds a NUL byte") }
        if statements.isFull { try forgetStatements() }
        let name = statements.makeName()
        _ = try unsafe check(PQprepare(raw, name, sql, CInt(types.count), types))
        statements.insert(name, for: sql, types)
        return name
    }

    private func forgetStatements() throws(PostgresError) {
        statements.removeAll()
        _ = try unsafe check(PQexec(raw, "DEALLOCATE ALL"))
    }

    /// Marks the loss of the connection during an autocommitted statement: its outcome is not known.
    func settled<Value>(
        autocommits: Bool, _ body: () throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        do throws(PostgresError) {
            return try body()
        } catch {
            guard autocommits, isBroken else { throw error }
            var error = error
            error.isOutcomeUnknown = true
            throw error
        }
    }
}

// MARK: Transactions

extension Session {
    func begin(_ mode: PostgresTransactionMode) throws(PostgresError) {
        guard isIdle else {
            throw PostgresError(.misuse, "a transaction is open already; transactions do not nest")
        }
        _ = try simple(mode.beginStatement)
    }

    /// Commits; a lost connection leaves the outcome unknown, and an answer of ROLLBACK is an error.
    func commit() throws(PostgresError) {
        let result = try settled(autocommits: true) { () throws(PostgresError) in
            try unsafe check(PQexec(raw, "COMMIT"))
        }
        guard result.commandTag == "COMMIT" else {
            var error = PostgresError(
                .server, "the transaction was rolled back: an error within it was caught and not thrown on")
            error.sqlState = "25P02"
            throw error
        }
    }

    /// Ends a transaction that failed; false if the connection can no longer be used.
    func rollback() -> Bool {
        guard !isBroken else { return false }
        return (try? unsafe check(PQexec(raw, "ROLLBACK"))) != nil && isIdle
    }
}

extension PostgresError {
    /// A cached plan that no longer fits its tables, or that was deallocated.
    var isStalePlan: Bool {
        sqlState == "26000" || (sqlState == "0A000" && message.contains("cached plan"))
    }
}
