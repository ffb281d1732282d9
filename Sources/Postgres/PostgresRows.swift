internal import CLibPQ

/// What a statement returned: rows in PostgreSQL's binary format and the number of rows it changed.
///
/// Rows and cells are views into one result that libpq owns; nothing is copied before a cell is read.
public struct PostgresRows: Sendable {
    let result: ResultHandle

    /// Number of columns.
    public var columnCount: Int { result.columnCount }

    /// Rows inserted, updated, deleted, copied or selected, as the command tag says.
    public var affectedCount: Int { result.affectedCount }

    /// Name of the column with this index, which must be within `0 ..< columnCount`.
    public func columnName(_ column: Int) -> String { result.columnName(column) }
}

extension PostgresRows: RandomAccessCollection {
    /// Index of the first row: 0.
    public var startIndex: Int { 0 }
    /// Number of rows.
    public var endIndex: Int { result.rowCount }
    /// The row at a position, which must be within bounds.
    public subscript(position: Int) -> PostgresRow {
        precondition(position >= 0 && position < result.rowCount, "row \(position) of \(result.rowCount)")
        return PostgresRow(result: result, row: position)
    }
}

/// One row of a result.
public struct PostgresRow: Sendable {
    let result: ResultHandle
    let row: Int

    /// Decodes a column; `Int64?` and the like accept NULL.
    /// - Throws: `PostgresError` with reason `decoding` if the column is missing, NULL or of another type.
    public func get<Value: PostgresDecodable>(
        _ column: Int, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try Value.decode(cell(column))
    }

    /// A column of an integer type, as 64 bits.
    public func int64(_ column: Int) throws(PostgresError) -> Int64 { try get(column) }
    /// A column of an integer type, as 32 bits; fails if it does not fit.
    public func int32(_ column: Int) throws(PostgresError) -> Int32 { try get(column) }
    /// A column of an integer type.
    public func int(_ column: Int) throws(PostgresError) -> Int { try get(column) }
    /// A column of a floating-point type.
    public func double(_ column: Int) throws(PostgresError) -> Double { try get(column) }
    /// A `boolean` column.
    public func bool(_ column: Int) throws(PostgresError) -> Bool { try get(column) }
    /// A column of a textual type: text, varchar, name, json, jsonb, an enum.
    public func string(_ column: Int) throws(PostgresError) -> String { try get(column) }
    /// The bytes of a `bytea` column, or the UTF-8 of a textual one.
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] { try get(column) }
    /// True if the column is NULL.
    public func isNull(_ column: Int) throws(PostgresError) -> Bool { try cell(column).isNull }

    /// The cell of a column, for own decoders.
    public func cell(_ column: Int) throws(PostgresError) -> PostgresCell {
        guard column >= 0, column < result.columnCount else {
            throw PostgresError(.decoding, "column \(column) asked of a result with \(result.columnCount) columns")
        }
        return PostgresCell(result: result, row: row, column: column)
    }
}

/// One value of a result, still undecoded.
public struct PostgresCell: Sendable {
    let result: ResultHandle
    let row: Int
    let column: Int

    /// True for SQL NULL.
    public var isNull: Bool { result.isNull(row, column) }

    /// Object identifier of the column's type.
    public var type: UInt32 { result.type(column) }

    /// Lends the value's bytes in PostgreSQL's binary format; empty for NULL.
    public func withBytes<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        try result.withBytes(row, column, body)
    }

    /// An error that names the column, its type and what was wanted.
    public func mismatch(_ wanted: String) -> PostgresError {
        let held = isNull ? "NULL" : PostgresType.name(of: type)
        let cure = isNull ? "read it as an optional" : "cast it in SQL"
        return PostgresError(
            .decoding, "column \(column) (\(result.columnName(column))) is \(held), not \(wanted); \(cure)")
    }
}

/// Owner of one libpq result; freed with the last row that refers to it.
///
/// libpq documents results as read-only after creation and fit to be passed between threads, and nothing here
/// changes one: that is why the unchecked conformance is safe.
@safe final class ResultHandle: @unchecked Sendable {
    private let raw: OpaquePointer
    let rowCount: Int
    let columnCount: Int

    init(owning raw: OpaquePointer) {
        unsafe self.raw = raw
        rowCount = unsafe Int(PQntuples(raw))
        columnCount = unsafe Int(PQnfields(raw))
    }

    deinit { unsafe PQclear(raw) }

    var affectedCount: Int {
        unsafe PQcmdTuples(raw).flatMap { unsafe Int(String(cString: $0)) } ?? 0
    }

    /// True if the server awaits or offers the rows of a COPY.
    var isCopy: Bool {
        let status = unsafe PQresultStatus(raw)
        return status == PGRES_COPY_IN || status == PGRES_COPY_OUT
    }

    var commandTag: String {
        unsafe PQcmdStatus(raw).map { unsafe String(cString: $0) } ?? ""
    }

    func columnName(_ column: Int) -> String {
        unsafe PQfname(raw, CInt(column)).map { unsafe String(cString: $0) } ?? "?"
    }

    func type(_ column: Int) -> UInt32 {
        unsafe PQftype(raw, CInt(column))
    }

    func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(raw, CInt(row), CInt(column)) != 0
    }

    func withBytes<Result>(
        _ row: Int, _ column: Int, _ body: (Span<UInt8>) throws -> Result
    ) rethrows -> Result {
        // Callers have checked row and column; libpq answers NULL cells with an empty string, never a null pointer.
        let count = unsafe Int(PQgetlength(raw, CInt(row), CInt(column)))
        let start = unsafe UnsafeRawPointer(PQgetvalue(raw, CInt(row), CInt(column)))
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return try unsafe bytes.withMemoryRebound(to: UInt8.self) { try unsafe body($0.span) }
    }
}
