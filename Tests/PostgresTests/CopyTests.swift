import Postgres
import Testing

private struct Refusal: Error {}

@Suite("COPY")
struct CopyTests {
    @Test("A hundred thousand rows go in and come out")
    func bulk() async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (id bigint, lane smallint, payload text, maybe integer)")
            let copied = try await pool.withConnection { connection in
                try connection.copyIn("COPY t FROM STDIN") { writer in
                    for id in 0..<100_000 {
                        writer.field(id)
                        writer.field(id % 7)
                        writer.field(utf8: Array("payload of row \(id)".utf8))
                        if id % 2 == 0 { writer.null() } else { writer.field(-id) }
                        try writer.endRow()
                    }
                }.rows
            }
            #expect(copied == 100_000)
            let rows = try await pool.query(
                "SELECT count(*), sum(id)::bigint, count(maybe), min(maybe) FROM t WHERE payload = 'payload of row ' || id"
            )
            #expect(try rows[0].int(0) == 100_000)
            #expect(try rows[0].int64(1) == 4_999_950_000)
            #expect(try rows[0].int(2) == 50_000)
            #expect(try rows[0].int(3) == -99_999)

            let (count, bytes) = try await pool.withConnection { connection in
                var (count, bytes) = (0, 0)
                try connection.copyOut("COPY t TO STDOUT") { row in
                    count += 1
                    bytes += row.count
                }
                return (count, bytes)
            }
            #expect(count == 100_000)
            #expect(bytes > 3_000_000)
        }
    }

    /// Each byte that means something at every place among others, and each of their neighbours.
    private static let atEveryPlace: [String] = (0..<18).flatMap { place in
        ["\\", "\t", "\n", "\r", "[", "]", "\u{1F}", " ", "\u{1}", "\u{7F}", "é"].map { special in
            String(repeating: "a", count: place) + special + String(repeating: "\u{20}", count: 17 - place)
        }
    }

    @Test("Hostile bytes stay data")
    func escaping() async throws {
        let texts =
            [
                "", "\\", "\\N", "\\.", "a\tb", "a\nb", "a\rb", "\\t", "\u{8}\u{B}\u{C}\u{7F}", "tab\t\\\n\r end", "é🙂",
                String(repeating: "\\\n", count: 5000),
            ] + Self.atEveryPlace
        let everyByte = (0...255).map { UInt8($0) }
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer, a text, b text, c bytea, d boolean, e double precision)")
            try await pool.withConnection { connection in
                _ = try connection.copyIn("COPY t FROM STDIN") { writer in
                    for (index, text) in texts.enumerated() {
                        writer.field(index)
                        writer.field(text)
                        writer.field(utf8: Array(text.utf8))
                        writer.field(bytea: everyByte)
                        writer.field(index % 2 == 0)
                        writer.field(Double(index) / 3)
                        try writer.endRow()
                    }
                }
            }
            let rows = try await pool.query("SELECT a, b, c, d, e FROM t ORDER BY n")
            #expect(try rows.map { try $0.string(0) } == texts)
            #expect(try rows.map { try $0.string(1) } == texts)
            #expect(try rows.allSatisfy { try $0.bytes(2) == everyByte })
            #expect(try rows.map { try $0.bool(3) } == texts.indices.map { $0 % 2 == 0 })
            #expect(try rows.map { try $0.double(4) } == texts.indices.map { Double($0) / 3 })
        }
    }

    @Test("Integers at their limits are written in full")
    func integers() async throws {
        let values: [Int64] = [.min, -1, 0, 9, 10, .max]
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n bigint)")
            try await pool.withConnection { connection in
                _ = try connection.copyIn("COPY t FROM STDIN") { writer in
                    for value in values {
                        writer.field(value)
                        try writer.endRow()
                    }
                }
            }
            #expect(try await pool.query("SELECT n FROM t ORDER BY n").map { try $0.int64(0) } == values)
        }
    }

    @Test("One bad row aborts the whole COPY, and the error names its line")
    func badRow() async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer PRIMARY KEY)")
            let error = await postgresError {
                try await pool.withConnection { connection in
                    _ = try connection.copyIn("COPY t FROM STDIN") { writer in
                        for value in [1, 2, 3, 2, 5] {
                            writer.field(value)
                            try writer.endRow()
                        }
                    }
                }
            }
            #expect(error?.sqlState == "23505")
            #expect(error?.context?.contains("line 4") == true)
            #expect(try await pool.query("SELECT n FROM t").isEmpty)
        }
    }

    @Test("A NUL or malformed UTF-8 is refused by the server", arguments: [[0x61, 0x00], [0xC3, 0x28]] as [[UInt8]])
    func badText(bytes: [UInt8]) async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (x text)")
            let error = await postgresError {
                try await pool.withConnection { connection in
                    _ = try connection.copyIn("COPY t FROM STDIN") { writer in
                        writer.field(utf8: bytes)
                        try writer.endRow()
                    }
                }
            }
            #expect(error?.sqlState == "22021")
        }
    }

    @Test("A writer that throws aborts the COPY, and the connection goes on")
    func writerThrows() async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            await #expect(throws: Refusal.self) {
                try await pool.withConnection { connection in
                    _ = try connection.copyIn("COPY t FROM STDIN") { writer in
                        for value in 0..<300_000 {
                            writer.field(value)
                            try writer.endRow()
                        }
                        throw Refusal()
                    }
                }
            }
            #expect(try await pool.query("SELECT n FROM t").isEmpty)
        }
    }

    @Test("A reader that throws ends the COPY, and the connection goes on")
    func readerThrows() async throws {
        try await withPool(size: 1) { pool in
            await #expect(throws: Refusal.self) {
                try await pool.withConnection { connection in
                    try connection.copyOut("COPY (SELECT generate_series(1, 10000000)) TO STDOUT") { _ in
                        throw Refusal()
                    }
                }
            }
            let isUsable = try await pool.query("SELECT 1").count == 1
            #expect(isUsable)
        }
    }

    @Test("COPY belongs to a transaction like any statement")
    func withinTransaction() async throws {
        try await withPool(size: 1) { pool in
            try await pool.execute("CREATE TABLE t (n integer)")
            await #expect(throws: Refusal.self) {
                try await pool.transaction { connection in
                    _ = try connection.copyIn("COPY t FROM STDIN") { writer in try writer.raw(Array("1\n2\n".utf8)) }
                    #expect(try connection.query("SELECT n FROM t").count == 2)
                    throw Refusal()
                }
            }
            #expect(try await pool.query("SELECT n FROM t").isEmpty)
        }
    }

    @Test(
        "A COPY sent as a statement is refused and leaves the connection usable",
        arguments: ["FROM STDIN", "TO STDOUT"])
    func wrongCall(direction: String) async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (n integer)")
            let error = await postgresError { try await connection.execute("COPY t \(direction)") }
            #expect(error?.reason == .misuse)
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }
}
