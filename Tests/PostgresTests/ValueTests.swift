import Postgres
import Testing

@Suite("Parameters and columns")
struct ValueTests {
    @Test("Every type comes back as it was sent")
    func roundTrip() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                """
                SELECT $1::smallint, $2::integer, $3::bigint, $4::double precision, $5::boolean, $6::text, $7::bytea,
                       $8::timestamptz, $9::text
                """,
                [
                    .int2(.min), .int4(.max), .int8(.min), .double(-0.1), .bool(true), .text("naïve 🙂 \\ ' \""),
                    .bytea([0, 255, 92, 39]), .timestamp(PostgresTimestamp(unixMicroseconds: 1_234_567)), .null,
                ])
            let row = try #require(rows.first)
            #expect(try row.get(0, as: Int16.self) == .min)
            #expect(try row.int32(1) == .max)
            #expect(try row.int64(2) == .min)
            #expect(try row.double(3) == -0.1)
            #expect(try row.bool(4))
            #expect(try row.string(5) == "naïve 🙂 \\ ' \"")
            #expect(try row.bytes(6) == [0, 255, 92, 39])
            #expect(try row.get(7) == PostgresTimestamp(unixMicroseconds: 1_234_567))
            #expect(try row.isNull(8))
            #expect(try row.get(8, as: String?.self) == nil)
        }
    }

    @Test("Empty values are not NULL")
    func emptyValues() async throws {
        try await withConnection { connection in
            let rows = try await connection.query("SELECT $1::bytea, $2::text", [.bytea([]), .text("")])
            #expect(try rows[0].get(0, as: [UInt8]?.self) == [])
            #expect(try rows[0].get(1, as: String?.self) == "")
            let alone = try await connection.query("SELECT $1::bytea IS NULL", [.bytea([])])
            #expect(try !alone[0].bool(0))
        }
    }

    @Test("Arrays come back as they were sent", arguments: [0, 1, 1000])
    func arrays(count: Int) async throws {
        let numbers = (0..<count).map { $0 - 500 }
        let texts = numbers.map { "{\"\($0),\\}\té" }
        let bytes = numbers.map { [UInt8(truncatingIfNeeded: $0), 0, 92] }
        try await withConnection { connection in
            let rows = try await connection.query(
                """
                SELECT $1::smallint[], $2::integer[], $3::bigint[], $4::double precision[], $5::boolean[], $6::text[],
                       $7::text[], $8::bytea[]
                """,
                [
                    .int2Array(numbers.map { Int16($0) }), .int4Array(numbers.map { Int32($0) }),
                    .int8Array(numbers.map { Int64($0) }), .doubleArray(numbers.map { Double($0) / 3 }),
                    .boolArray(numbers.map { $0 % 2 == 0 }), .textArray(texts),
                    .utf8Array(texts.map { Array($0.utf8) }),
                    .byteaArray(bytes),
                ])
            let row = try #require(rows.first)
            #expect(try row.get(0) == numbers.map { Int16($0) })
            #expect(try row.get(1) == numbers.map { Int32($0) })
            #expect(try row.get(2) == numbers.map { Int64($0) })
            #expect(try row.get(3) == numbers.map { Double($0) / 3 })
            #expect(try row.get(4) == numbers.map { $0 % 2 == 0 })
            #expect(try row.get(5) == texts)
            #expect(try row.get(6) == texts)
            #expect(try row.get(7) == bytes)
        }
    }

    @Test("NULL elements arrive as NULL and cannot be read as values")
    func nullElements() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                """
                SELECT array_to_string($1::bigint[], ',', '-'), array_to_string($2::text[], ',', '-'),
                       array_position($3::bytea[], NULL), $1::bigint[]
                """,
                [
                    .nullableInt8Array([1, nil, 3]), .nullableTextArray([nil, "b"]),
                    .nullableByteaArray([[1], nil]),
                ])
            #expect(try rows[0].string(0) == "1,-,3")
            #expect(try rows[0].string(1) == "-,b")
            #expect(try rows[0].int(2) == 2)
            #expect(throws: PostgresError.self) { try rows[0].get(3, as: [Int64].self) }
        }
    }

    @Test("Text takes the type of its place: jsonb, an enum, a date")
    func untypedText() async throws {
        try await withConnection { connection in
            try await connection.execute(
                "CREATE TYPE mood AS ENUM ('calm', 'wild'); CREATE TABLE t (j jsonb, m mood, d date)")
            try await connection.query(
                "INSERT INTO t VALUES ($1, $2, $3)", [.utf8(Array(#"{"a": 1}"#.utf8)), "wild", "2026-11-24"])
            let rows = try await connection.query("SELECT j, m, d::text FROM t")
            #expect(try rows[0].string(0) == #"{"a": 1}"#)
            #expect(try rows[0].bytes(0) == Array(#"{"a": 1}"#.utf8))
            #expect(try rows[0].string(1) == "wild")
            #expect(try rows[0].string(2) == "2026-11-24")
        }
    }

    @Test("Hostile text stays data")
    func injection() async throws {
        let hostile = "'; DROP TABLE t; --"
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (x text)")
            try await connection.query("INSERT INTO t VALUES ($1)", [.text(hostile)])
            let rows = try await connection.query("SELECT x FROM t WHERE x = $1", [.text(hostile)])
            #expect(try rows[0].string(0) == hostile)
        }
    }

    @Test("A NUL in text is refused before it is sent, with the parameter's number")
    func nulByte() async throws {
        try await withConnection { connection in
            let error = await postgresError {
                try await connection.query("SELECT $1::text, $2::text", ["a", .text("b\0c")])
            }
            #expect(error?.reason == .misuse)
            #expect(error?.message.contains("$2") == true)
            try await connection.query("SELECT 1")
        }
    }

    @Test("Reading a column as what it is not names column, type and cure")
    func mismatch() async throws {
        try await withConnection { connection in
            let rows = try await connection.query("SELECT 1::numeric AS amount, NULL::bigint, 300::integer")
            let error = #expect(throws: PostgresError.self) { try rows[0].int64(0) }
            #expect(error?.reason == .decoding)
            #expect(error?.message == "column 0 (amount) is numeric, not an integer of type Int64; cast it in SQL")
            #expect(throws: PostgresError.self) { try rows[0].int64(1) }
            #expect(throws: PostgresError.self) { try rows[0].string(2) }
            #expect(throws: PostgresError.self) { try rows[0].int64(3) }
        }
    }

    @Test("Rows outlive their connection and cross tasks")
    func rowsAreValues() async throws {
        try await withConnection { connection in
            let rows = try await connection.query("SELECT n, n * n FROM generate_series(1, 100) AS n")
            await connection.close()
            let sum = try await Task.detached { try rows.reduce(Int64(0)) { try $0 + $1.int64(1) } }.value
            #expect(sum == 338_350)
            #expect(rows.count == 100)
            #expect(rows.affectedCount == 100)
            #expect(rows.columnCount == 2)
            #expect(rows.columnName(0) == "n")
        }
    }
}
