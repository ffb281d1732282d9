import Foundation

/// Where the golden data lies.
enum GoldenFolder {
    /// The folder of `TEDI_PARITY_FIXTURES`, or the one beside the checkout.
    static let url: URL = {
        if let path = ProcessInfo.processInfo.environment["TEDI_PARITY_FIXTURES"], !path.isEmpty {
            return URL(fileURLWithPath: path)
        }
        let package = (0..<3).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return package.appendingPathComponent("../shared/fixtures/parity").standardizedFileURL
    }()

    /// Whether there is one.
    static let exists = FileManager.default.fileExists(atPath: url.path)

    /// Whether its absence is a failure.
    static let isRequired = ProcessInfo.processInfo.environment["TEDI_REQUIRE_PARITY"] == "1"

    /// The names of the fixtures: every manifest of the folder.
    static let fixtures: [String] = {
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: url.path) else { return [] }
        return files.filter { $0.hasSuffix(".json") && $0 != "index.json" }.map { String($0.dropLast(5)) }.sorted()
    }()

    /// The manifest of a fixture.
    static func manifest(_ fixture: String) throws -> GoldenManifest {
        try JSONDecoder().decode(GoldenManifest.self, from: data(fixture))
    }

    /// The manifest of a fixture as it lies in the folder.
    static func data(_ fixture: String) throws -> Data {
        try Data(contentsOf: url.appendingPathComponent(fixture + ".json"))
    }
}
