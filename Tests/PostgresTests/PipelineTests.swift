import Postgres
import Testing

@Suite("Pipelines")
struct PipelineTests {
    @Test("Answers come back in order")
    func order() async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (n bigint)")
            let statements = (0..<3000).map { number in
                number % 3 == 0
                    ? PostgresStatement("INSERT INTO t VALUES ($1)", [.int8(Int64(number))])
                    : PostgresStatement("SELECT $1::bigint", [.int8(Int64(number))])
            }
            let rows = try await connection.pipeline(statements)
            #expect(rows.count == 3000)
            for (number, rows) in rows.enumerated() where number % 3 != 0 {
                #expect(try rows[0].int(0) == number)
            }
            #expect(try await connection.query("SELECT n FROM t").count == 1000)
        }
    }

    @Test("A pipeline of large answers to large questions does not lock up")
    func largeBothWays() async throws {
        let text = String(repeating: "x", count: 20_000)
        try await withConnection { connection in
            let rows = try await connection.pipeline(
                Array(repeating: PostgresStatement("SELECT $1::text || $1::text", [.text(text)]), count: 1000))
            #expect(try rows.allSatisfy { try $0[0].string(0).utf8.count == 40_000 })
        }
    }

    @Test("One failing statement undoes all, and the error says which it was")
    func failure() async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (n bigint PRIMARY KEY)")
            let error = await postgresError {
                _ = try await connection.pipeline(
                    [1, 2, 1, 3].map { PostgresStatement("INSERT INTO t VALUES ($1)", [.int8($0)]) })
            }
            #expect(error?.isUniqueViolation == true)
            #expect(error?.statementIndex == 2)
            #expect(try await connection.query("SELECT n FROM t").isEmpty)
            _ = try await connection.pipeline([PostgresStatement("INSERT INTO t VALUES (9)")])
            #expect(try await connection.query("SELECT n FROM t").count == 1)
        }
    }

    @Test("Within a transaction a pipeline is part of it")
    func withinTransaction() async throws {
        try await withConnection { connection in
            try await connection.execute("CREATE TABLE t (n bigint)")
            try await connection.perform { connection in
                try connection.transaction {
                    _ = try connection.pipeline(
                        [1, 2].map { PostgresStatement("INSERT INTO t VALUES ($1)", [.int8($0)]) })
                    try connection.query("INSERT INTO t VALUES (3)")
                }
            }
            #expect(try await connection.query("SELECT n FROM t").count == 3)
            #expect(try await connection.pipeline([]).isEmpty)
        }
    }
}
