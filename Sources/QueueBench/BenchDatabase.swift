import Postgres

/// The database that a system runs on.
struct BenchDatabase: Sendable {
    let name: String
    /// Whether it is made anew; what an earlier system left in it stays where not.
    let isNew: Bool

    /// An empty one.
    static let empty = BenchDatabase(name: "bench", isNew: true)

    /// Makes it, if it is to be new.
    func prepare(on servers: Servers) async throws {
        let connection = try servers.connection(to: "postgres")
        if isNew {
            try await connection.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
            try await connection.execute("CREATE DATABASE \(name) TEMPLATE template0")
        }
        // What was written before must not be flushed while something else is measured.
        try await connection.execute("CHECKPOINT")
        await connection.close()
    }

    /// Removes it.
    func drop(on servers: Servers) async throws {
        let connection = try servers.connection(to: "postgres")
        try await connection.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        await connection.close()
    }
}
