import ArgumentParser
import Client
import Foundation

/// `--state`.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state"),
        help: "Folder of the private stack [TEDI_STATE]. (default: ~/.local/share/tedi, for root /var/lib/tedi)")
    var path: String?

    /// The folder.
    func folder() throws(CommandError) -> StateFolder {
        try StateFolder.locate(flag: path, environment: Console.current.environment)
    }
}

/// `--api`, `--state` and `--api-key-file`: which coordinator to speak to, and as whom.
struct ConnectionOptions: ParsableArguments {
    @Option(help: "Address of the coordinator [TEDI_API]. (default: that of the private stack)")
    var api: String?

    @Option(
        help: ArgumentHelp("File with an API key (default: the key in TEDI_API_KEY, if any).", valueName: "file"))
    var apiKeyFile: String?

    @OptionGroup var state: StateOptions

    /// The API key, where there is one.
    func apiKey() throws(CommandError) -> ApiKey? {
        try ApiKeyLocation.locate(file: apiKeyFile, environment: Console.current.environment)
    }

    /// Address of the coordinator.
    func address() throws(CommandError) -> String {
        try CoordinatorAddress.locate(api: api, state: state.path, environment: Console.current.environment)
    }

    /// Runs `body` with a client of that coordinator.
    func withClient<Result>(
        retries: RetrySchedule = .brief, for tenant: TenantOption? = nil, _ body: (TediClient) async throws -> Result
    ) async throws -> Result {
        try await TediClient.connected(to: try address(), apiKey: try apiKey(), retries: retries) { client in
            try await body(client.acting(for: tenant?.tenant))
        }
    }
}

/// `--tenant`.
struct TenantOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Act for this tenant, as an administrator (default: the key's own; lists show all).", valueName: "name"))
    var tenant: String?
}

/// Finds out where the coordinator is.
package enum CoordinatorAddress {
    package static let standard = "http://127.0.0.1:8080"

    /// The first that says something: `--api`, `--state`, `TEDI_API`, `TEDI_STATE`, the usual state folder, the
    /// standard address.
    ///
    /// `--state` and `TEDI_STATE` name one stack; if none was ever started there, falling through would reach a
    /// stranger's.
    package static func locate(
        api: String?, state: String?, environment: [String: String]
    ) throws(CommandError) -> String {
        if let api { return try normalised(api, source: "--api") }
        if let state, !state.isEmpty { return try noted(in: state) }
        if let variable = environment["TEDI_API"], !variable.isEmpty {
            return try normalised(variable, source: "TEDI_API")
        }
        if let variable = environment["TEDI_STATE"], !variable.isEmpty { return try noted(in: variable) }
        if let folder = try? StateFolder.locate(flag: nil, environment: environment),
            let address = StackNote.read(from: folder)?.address
        {
            return address
        }
        return standard
    }

    /// The address that the stack of a folder has noted.
    private static func noted(in state: String) throws(CommandError) -> String {
        guard let address = StackNote.read(from: StateFolder(state))?.address else {
            throw CommandError(
                .unreachable, "no private stack has been started in \(state)",
                remedy: "Start one with: tedi up --state \(state)")
        }
        return address
    }

    /// An address with scheme and without a path; `host:port` is enough.
    package static func normalised(_ text: String, source: String) throws(CommandError) -> String {
        let full = text.contains("://") ? text : "http://\(text)"
        guard let url = URLComponents(string: full), let scheme = url.scheme, ["http", "https"].contains(scheme),
            let host = url.host, !host.isEmpty, ["", "/"].contains(url.path), url.query == nil, url.user == nil
        else {
            throw .badInput(
                "\(source) is “\(text.prefix(80))”, which is no address of a coordinator",
                remedy: "Write it like \(standard)")
        }
        return full.hasSuffix("/") ? String(full.dropLast()) : full
    }
}
