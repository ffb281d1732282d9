import Foundation
import Glibc
import Postgres
import PrivateStack
import Testing

extension FaultWorld {
    /// Moves every table of Tedi to a small disk of its own, and those to come.
    /// - Returns: Whether there is one; where none can be mounted here, it says so.
    func moveTables(to disk: String) async throws -> Bool {
        let server = try #require(postgres?.processID)
        // Only the folder of a server's own user becomes a tablespace.
        let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(server)")
        let user = try #require(owner[.ownerAccountID] as? NSNumber)
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        guard mount("tedi-faults", disk, "tmpfs", 0, "size=24m,mode=0700,uid=\(user)") == 0 else {
            print("no tmpfs can be mounted here (\(String(cString: strerror(errno)))): not tested")
            return false
        }
        let statements = [
            "CREATE TABLESPACE small LOCATION '\(disk)'",
            "ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE small",
            "ALTER INDEX ALL IN TABLESPACE pg_default SET TABLESPACE small",
            "ALTER SYSTEM SET default_tablespace = small", "SELECT pg_reload_conf()",
        ]
        for statement in statements { _ = try await query(statement) }
        return true
    }

    /// Fills the disk of the tables to its last page.
    func fillTables() async throws {
        _ = try await query("CREATE TABLE filler (text text)")
        do {
            while true {
                _ = try await query("INSERT INTO filler SELECT repeat('f', 1000) FROM generate_series(1, 100)")
            }
        } catch let error as PostgresError where error.isDiskFull {}
    }
}
