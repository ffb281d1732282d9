import Foundation

/// The programs of one PostgreSQL version.
struct PostgresPrograms {
    var postgres: String
    var initdb: String
    var version: Version

    /// The oldest version that Tedi's SQL runs on.
    static let oldest = 15

    /// Finds the version that made the data, or else the newest one.
    static func find(in folders: [String]?, for dataVersion: Int?) throws(PrivateStackError) -> PostgresPrograms {
        let found = (folders ?? standardFolders()).compactMap(PostgresPrograms.init(folder:))
        guard let newest = found.max(by: { $0.version < $1.version }) else {
            throw PrivateStackError(
                .notInstalled, "PostgreSQL is not installed", remedy: "apt-get install postgresql")
        }
        if let dataVersion {
            guard let fitting = found.first(where: { $0.version.major == dataVersion }) else {
                throw PrivateStackError(
                    .wrongVersion,
                    "the data was made by PostgreSQL \(dataVersion), but PostgreSQL \(newest.version) is installed",
                    remedy:
                        "install postgresql-\(dataVersion), upgrade the data with pg_upgrade, or choose another folder")
            }
            return fitting
        }
        guard newest.version.major >= oldest else {
            throw PrivateStackError(
                .wrongVersion, "PostgreSQL \(newest.version) is too old: Tedi needs \(oldest) or later",
                remedy: "install a later one (apt.postgresql.org has them)")
        }
        return newest
    }

    private init?(folder: String) {
        guard let postgres = Programs.find("postgres", in: [folder]),
            let initdb = Programs.find("initdb", in: [folder]),
            let line = Programs.firstLine([postgres, "--version"]),
            let version = Version(in: line, after: "(PostgreSQL) ")
        else { return nil }
        (self.postgres, self.initdb, self.version) = (postgres, initdb, version)
    }

    private static func standardFolders() -> [String] {
        let named = Programs.find("pg_config").flatMap { Programs.firstLine([$0, "--bindir"]) }
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        var seen: Set<String> = []
        return ([named].compactMap { $0 } + versions.map { "\(root)/\($0)/bin" } + Programs.searchPath)
            .filter { seen.insert($0).inserted }
    }
}
