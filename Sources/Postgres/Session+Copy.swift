internal import CLibPQ

extension Session {
    func copyIn<Value>(
        _ sql: String, _ body: (inout PostgresCopyWriter) throws -> Value
    ) throws -> PostgresCopyResult<Value> {
        let wasIdle = isIdle
        try startCopy(sql, PGRES_COPY_IN)
        var writer = PostgresCopyWriter(session: self)
        let value: Value
        do {
            value = try body(&writer)
            try writer.flush()
        } catch {
            // What the server says to the abort ("COPY from stdin failed: …") tells less than the cause.
            _ = try? endCopy(reason: "aborted by the client")
            throw error
        }
        let count = try settled(autocommits: wasIdle) { () throws(PostgresError) in try endCopy(reason: nil) }
        return PostgresCopyResult(value: value, rows: count)
    }

    func copyOut(_ sql: String, _ body: (Span<UInt8>) throws -> Void) throws {
        try startCopy(sql, PGRES_COPY_OUT)
        var row: UnsafeMutablePointer<CChar>?
        while true {
            let length = unsafe PQgetCopyData(raw, &row, 0)
            guard length > 0 else { break }
            defer { unsafe PQfreemem(row) }
            do {
                let bytes = unsafe UnsafeRawBufferPointer(start: row, count: Int(length))
                try unsafe bytes.withMemoryRebound(to: UInt8.self) { try unsafe body($0.span) }
            } catch {
                _ = abandonCopy()
                throw error
            }
        }
        try drain()
    }

    func put(_ buffer: [UInt8]) throws(PostgresError) {
        let accepted = unsafe buffer.withUnsafeBytes { bytes in
            unsafe PQputCopyData(raw, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count))
        }
        guard accepted == 1 else { throw failure() }
    }

    private func startCopy(_ sql: String, _ wanted: ExecStatusType) throws(PostgresError) {
        guard !sql.utf8.contains(0) else { throw PostgresError(.misuse, "the SQL text holds a NUL byte") }
        let pointer = unsafe PQexec(raw, sql)
        let status = unsafe PQresultStatus(pointer)
        let result = try unsafe check(pointer)
        guard status == wanted else {
            if result.isCopy { throw abandonCopy() }
            throw PostgresError(.misuse, "the statement is not a COPY in the wanted direction")
        }
    }

    /// Ends a COPY IN, with the failure that the server shall see if there is a reason for one.
    private func endCopy(reason: String?) throws(PostgresError) -> Int {
        guard unsafe PQputCopyEnd(raw, reason) == 1 else { throw failure() }
        return try drain()
    }

    /// Reads the results up to the end of the statement; throws the first error among them.
    @discardableResult
    private func drain() throws(PostgresError) -> Int {
        var count = 0
        var failure: PostgresError?
        while let pointer = unsafe PQgetResult(raw) {
            do throws(PostgresError) {
                count = try unsafe check(pointer).affectedCount
            } catch {
                failure = failure ?? error
            }
            guard !isBroken else { break }
        }
        if let failure { throw failure }
        guard !isBroken else { throw self.failure() }
        return count
    }

    /// Leaves a COPY that nobody will serve, so that the connection can be used again.
    func abandonCopy() -> PostgresError {
        _ = unsafe PQputCopyEnd(raw, "abandoned by the client")
        _ = cancelRequest?.send()
        var row: UnsafeMutablePointer<CChar>?
        while unsafe PQgetCopyData(raw, &row, 0) > 0 { unsafe PQfreemem(row) }
        _ = try? drain()
        return PostgresError(.misuse, "a COPY was sent as an ordinary statement; use copyIn or copyOut")
    }
}

/// What a COPY IN gave.
public struct PostgresCopyResult<Value> {
    /// What the closure returned.
    public var value: Value
    /// Rows that the server took.
    public var rows: Int
}

extension PostgresCopyResult: Sendable where Value: Sendable {}
