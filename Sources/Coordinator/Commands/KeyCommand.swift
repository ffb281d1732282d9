import ArgumentParser
import Foundation
import JobStore
import Jobs
import Postgres

/// `tedi-coordinator key`: keys without a key, for whoever reaches the database anyway.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Makes API keys in the database itself.", subcommands: [KeyCreateCommand.self])
}

/// `tedi-coordinator key create`.
struct KeyCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes an API key and shows its secret, once.",
        discussion: """
            Example: (umask 077; tedi-coordinator key create --name ops --scopes admin >key)

            The first key comes from here; further ones: tedi key create. Only the secret goes to standard output.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Name of the key, for people.") var name: String
    @Option(help: "What it allows, with commas between: submit, read, operate, worker, admin.") var scopes: String
    @Option(help: "Name of the tenant that it acts for.") var tenant = JobStore.defaultTenant

    @Option(help: ArgumentHelp("Days until it expires (default: never).", valueName: "days"))
    var expiresInDays: Int?

    func validate() throws {
        if let expiresInDays, !(1...36_500).contains(expiresInDays) {
            throw ValidationError("--expires-in-days must be from 1 to 36500")
        }
        _ = try wanted()
    }

    private func wanted() throws -> Set<Scope> {
        let scopes = try self.scopes.split(separator: ",").map { word in
            guard let scope = Scope(rawValue: String(word)) else {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("“\(Problems.readable(String(word)))” is no scope; there are \(known)")
            }
            return scope
        }
        guard !scopes.isEmpty else { throw ValidationError("--scopes needs at least one scope") }
        return Set(scopes)
    }

    func run() async throws {
        let reader = try await common.reader()
        let conninfo = try CoordinatorConfiguration.postgres(in: reader)
        let pool = PostgresPool(try StartupError.explaining { try PostgresOptions(conninfo) }, size: 1)
        let store = JobStore(pool: pool)
        let scopes = try wanted()
        let created = try await StartupError.explaining(postgres: pool.options.description) {
            () async throws(StoreError) in
            try await store.checkSchema()
            return try await store.createKey(
                name: name, tenant: tenant, scopes: scopes, lifetime: expiresInDays.map { .seconds($0 * 86_400) })
        }
        let note = "Key \(created.key.id) of tenant \(created.key.tenantName); its secret is shown this once:\n"
        FileHandle.standardError.write(Data(note.utf8))
        print(created.secret.reveal())
    }
}
