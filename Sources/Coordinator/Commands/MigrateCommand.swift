import ArgumentParser
import JobStore
import Logging
import Postgres

/// `tedi-coordinator migrate`: brings the schema of the database up to date.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Brings the schema of the database up to date.",
        discussion: "Example: tedi-coordinator migrate --postgres \"host=/run/postgresql dbname=tedi\"")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let reader = try await common.reader()
        let conninfo = try CoordinatorConfiguration.postgres(in: reader)
        let pool = PostgresPool(try StartupError.explaining { try PostgresOptions(conninfo) }, size: 1)
        let store = JobStore(pool: pool)
        let report = try await StartupError.explaining(postgres: pool.options.description) {
            () async throws(StoreError) in
            try await store.migrate()
        }
        print(
            report.before == report.after
                ? "The schema is up to date (version \(report.after))."
                : "The schema went from version \(report.before) to version \(report.after).")
    }
}
