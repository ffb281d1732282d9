import Foundation

/// Where the golden data lies.
enum GoldenFolder {
    /// The folder of `TEDI_PARITY_FIXTURES`, or the one beside the checkout.
    static let url: URL = {
        if let path = ProcessInfo.processInfo.environment["TEDI_PARITY_FIXTURES"], !path.isEmpty {
            return URL(fileURLWithPath: path)
        }
        let package = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return package.appendingPathComponent("../shared/fixtures/parity").standardizedFileURL
    }()

    /// Whether there is one.
    static let exists = FileManager.default.fileExists(atPath: url.path)

    /// Whether its absence is a failure.
    static let isRequired = ProcessInfo.processInfo.environment["TEDI_REQUIRE_PARITY"] == "1"

    /// The manifests whose module is one of `modules`, by name of the fixture.
    static func manifests(of modules: Set<String>) throws -> [GoldenManifest] {
        struct Head: Decodable {
            var module: String?
        }
        guard exists else { return [] }
        let files = try FileManager.default.contentsOfDirectory(atPath: url.path)
        return try files.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            let data = try Data(contentsOf: url.appendingPathComponent(name))
            guard let module = try? JSONDecoder().decode(Head.self, from: data).module, modules.contains(module)
            else { return nil }
            return try JSONDecoder().decode(GoldenManifest.self, from: data)
        }
    }
}
