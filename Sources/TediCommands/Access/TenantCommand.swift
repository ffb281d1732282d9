import ArgumentParser
import Client
import JobAPI
import Reporting

/// `tedi tenant`.
struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Lists tenants, makes them, and sets their limits; for administrators.",
        discussion: """
            Example:
              tedi tenant add studio --weight 2 --max-queued 100000
              tedi tenant set studio --max-running 64 --max-artifact-bytes 10000000000
              tedi tenant ls
            """,
        subcommands: [TenantListCommand.self, TenantAddCommand.self, TenantSetCommand.self])
}

/// `tedi tenant ls`.
struct TenantListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Lists the tenants, their limits and how much of them they use.",
        discussion: "Example:\n  tedi tenant ls")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let tenants = try await connection.withClient { try await $0.tenants() }
        let console = Console.current
        guard output.output == .table else { return try console.printJSON(list: tenants, format: output.output) }
        for line in Self.table(tenants).render() { console.print(line) }
    }

    static func table(_ tenants: [TenantView]) -> Table {
        var table = Table([
            .left("TENANT"), .right("WEIGHT"), .right("JOBS"), .right("MOST"), .right("RUNNING"), .right("MOST"),
            .right("BYTES"), .right("MOST"),
        ])
        for tenant in tenants {
            table.add([
                String(tenant.name.prefix(32)), "\(tenant.weight)", "\(tenant.queued)",
                tenant.maximumQueued.map(String.init) ?? "-", "\(tenant.running)",
                tenant.maximumRunning.map(String.init) ?? "-", "\(tenant.artifactBytes)",
                tenant.maximumArtifactBytes.map(String.init) ?? "-",
            ])
        }
        return table
    }
}

/// A limit on the command line: a number, or `none`.
struct LimitArgument: ExpressibleByArgument {
    /// Any number if `nil`.
    let value: Int?

    init?(argument: String) {
        if argument == "none" {
            value = nil
        } else {
            guard let number = Int(argument), number >= 0 else { return nil }
            value = number
        }
    }
}

/// The limits of a tenant on the command line.
struct TenantLimitOptions: ParsableArguments {
    @Option(help: "Share of the workers, against that of other tenants, 1 to 1000.") var weight: Int?

    @Option(help: ArgumentHelp("Jobs that may wait or run.", valueName: "number|none"))
    var maxQueued: LimitArgument?

    @Option(help: ArgumentHelp("Jobs that may be handed out at once.", valueName: "number|none"))
    var maxRunning: LimitArgument?

    @Option(help: ArgumentHelp("Bytes of artifacts that may be uploaded.", valueName: "number|none"))
    var maxArtifactBytes: LimitArgument?

    /// These limits; those not given as they were.
    func body(before: TenantView?) -> TenantBody {
        TenantBody(
            weight: weight ?? before?.weight ?? 1,
            maximumQueued: maxQueued.map(\.value) ?? before?.maximumQueued,
            maximumRunning: maxRunning.map(\.value) ?? before?.maximumRunning,
            maximumArtifactBytes: maxArtifactBytes.map(\.value) ?? before?.maximumArtifactBytes)
    }
}

/// `tedi tenant add`.
struct TenantAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Makes a tenant.",
        discussion: "Example:\n  tedi tenant add studio --weight 2 --max-queued 100000")

    @Argument(help: "Name of the tenant.") var name: String
    @OptionGroup var limits: TenantLimitOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let tenant = try await connection.withClient { try await $0.createTenant(name, limits.body(before: nil)) }
        try output.show(tenant) { "tenant \($0.name) added" }
    }
}

/// `tedi tenant set`.
struct TenantSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Changes the limits of a tenant; those not given stay as they are.",
        discussion: "Example:\n  tedi tenant set studio --max-running 64 --max-queued none")

    @Argument(help: "Name of the tenant.") var name: String
    @OptionGroup var limits: TenantLimitOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let tenant = try await connection.withClient { client in
            guard let before = try await client.tenants().first(where: { $0.name == name }) else {
                throw CommandError.badInput("there is no tenant “\(name)”", remedy: "See: tedi tenant ls")
            }
            return try await client.setTenant(name, limits.body(before: before))
        }
        try output.show(tenant) { "tenant \($0.name) changed" }
    }
}
