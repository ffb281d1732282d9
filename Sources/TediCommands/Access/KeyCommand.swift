import ArgumentParser
import Client
import JobAPI
import Jobs
import Reporting

/// `tedi key`.
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Lists, makes and revokes API keys; for administrators.",
        discussion: """
            Example:
              (umask 077; tedi key create nightly --tenant studio --scopes submit >nightly.key)
              tedi key ls
              tedi key revoke 3
            """,
        subcommands: [KeyListCommand.self, KeyCreateCommand.self, KeyRevokeCommand.self])
}

/// `tedi key ls`.
struct KeyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists the API keys; their secrets nobody knows.",
        discussion: "Example:\n  tedi key ls")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let keys = try await connection.withClient { try await $0.keys() }
        let console = Console.current
        guard output.output == .table else { return try console.printJSON(list: keys, format: output.output) }
        guard !keys.isEmpty else { return console.note("there are no API keys") }
        for line in Self.table(keys).render() { console.print(line) }
    }

    static func table(_ keys: [KeyView]) -> Table {
        var table = Table([
            .right("KEY"), .left("NAME"), .left("TENANT"), .left("SCOPES"), .left("CREATED"), .left("EXPIRES"),
            .left("LAST USED"), .left("REVOKED"),
        ])
        for key in keys {
            table.add([
                "\(key.id)", String(key.name.prefix(32)), String(key.tenant.prefix(24)),
                key.scopes.joined(separator: ","), Times.short(key.createdAt), key.expiresAt.map(Times.short) ?? "-",
                key.lastUsedAt.map(Times.short) ?? "-", key.revokedAt.map(Times.short) ?? "-",
            ])
        }
        return table
    }
}

/// `tedi key create`.
struct KeyCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes an API key and shows its secret, once.",
        discussion: """
            Scopes: submit makes batches; read looks at everything of the tenant; operate changes what runs, too; \
            worker claims jobs over HTTP; admin does everything in all tenants.

            Example:
              (umask 077; tedi key create nightly --tenant studio --scopes submit,read >nightly.key)
            """)

    @Argument(help: "Name of the key, for people.") var name: String
    @Option(help: "Name of the tenant that it acts for.") var tenant = "default"
    @Option(help: "What it allows, with commas between: submit, read, operate, worker, admin.") var scopes: String

    @Option(help: ArgumentHelp("Days until it expires (default: never).", valueName: "days"))
    var expiresInDays: Int?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        let known = Scope.allCases.map(\.rawValue)
        guard !words.isEmpty, words.allSatisfy(known.contains) else {
            throw ValidationError("--scopes takes some of \(known.joined(separator: ", ")), with commas between")
        }
        if let expiresInDays, !(1...36_500).contains(expiresInDays) {
            throw ValidationError("--expires-in-days must be from 1 to 36500")
        }
    }

    private var words: [String] { scopes.split(separator: ",").map(String.init) }

    func run() async throws {
        let body = CreateKeyBody(
            name: name, tenant: tenant, scopes: words, expiresInSeconds: expiresInDays.map { $0 * 86_400 })
        let created = try await connection.withClient { try await $0.createKey(body) }
        let console = Console.current
        guard output.output == .table else { return try console.printJSON(created, format: output.output) }
        console.note("key \(created.key.id) of tenant \(created.key.tenant); its secret is shown this once:")
        console.print(created.secret)
    }
}

/// `tedi key revoke`.
struct KeyRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Takes all force from an API key, within 5 seconds.",
        discussion: "Example:\n  tedi key revoke 3")

    @Argument(help: "Number of the key.") var id: Int
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let key = try await connection.withClient { try await $0.revokeKey(id) }
        try output.show(key) { "key \($0.id) (\($0.name)) is revoked" }
    }
}
