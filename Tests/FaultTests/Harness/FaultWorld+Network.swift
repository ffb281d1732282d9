import Client
import Foundation
import Testing

extension Network {
    /// Where daemons find PostgreSQL.
    nonisolated var conninfo: String {
        "host=\(hosts["postgres"]?.address ?? "") port=5432 user=tedi dbname=tedi"
    }

    /// Where daemons find Redis.
    nonisolated var redisAddress: String { "\(hosts["redis"]?.address ?? ""):6379" }
}

extension FaultWorld {
    /// What makes a private PostgreSQL listen on a host, for whoever is on its network.
    static func postgresSettings(for host: Network.Host?, in folder: String) throws -> [String: String] {
        guard let host else { return [:] }
        let rules = "\(folder)/pg_hba.conf"
        try "local all all trust\nhost all all 10.77.0.0/24 trust\n".write(
            toFile: rules, atomically: true, encoding: .utf8)
        return ["listen_addresses": host.address, "hba_file": rules]
    }

    /// What makes a private Redis listen on a host.
    static func redisSettings(for host: Network.Host?) -> [String: String] {
        guard let host else { return [:] }
        return ["bind": host.address, "port": "6379", "protected-mode": "no"]
    }

    /// Submits drills with `tedi submit` from a host, as a user does, each with an identity that packs badly.
    ///
    /// - Parameters:
    ///   - scripts: One job each.
    ///   - client: Where `tedi` runs.
    ///   - coordinator: Where it submits.
    /// - Returns: The program, which is under way.
    func submit(
        _ scripts: [String], from client: Network.Host, via coordinator: Network.Host
    ) async throws -> Daemon {
        let name = nextName("submission")
        let file = "\(folder)/\(name).jsonl"
        let lines = scripts.map {
            "{\"caption\":\"\($0)\",\"custom_id\":\"\(UUID().uuidString)\(UUID().uuidString)\"}\n"
        }
        try lines.joined().write(toFile: file, atomically: true, encoding: .utf8)
        return try await launch(
            plan(
                name, "tedi",
                [
                    "submit", file, "--model", "drill", "--kind", "drill", "--api",
                    "http://\(coordinator.address):8080", "--state", "\(folder)/\(name)",
                ], environment: [:], on: client))
    }
}
