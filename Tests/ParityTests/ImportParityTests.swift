import Checkpoints
import Foundation
import Importing
import Layers
import Testing
import Torch

/// State dictionaries of the golden data, written to files and told again by their tensors.
@Suite("Import of published networks", .serialized, .enabled(if: GoldenFolder.exists || GoldenFolder.isRequired))
struct ImportParityTests {
    /// Larger ones would take minutes to write and read.
    private static let largest = 35_000_000

    private struct Size: Decodable {
        var parameterCount: Int?
    }

    @Test("Each network is told by its tensors and loads strictly", arguments: GoldenFolder.fixtures)
    func told(fixture: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let size = try decoder.decode(Size.self, from: GoldenFolder.data(fixture)).parameterCount ?? 0
        let manifest = try GoldenFolder.manifest(fixture)
        let modules = Set((manifest.tensors ?? []).compactMap(\.module))
        guard size > 0, size <= Self.largest, modules.isEmpty else { return }
        try withFile(of: manifest.weights()) { path in
            let found = try Import(opening: path).networks
            #expect(found.count == 1, "\(fixture): \(found.map(\.name))")
            let network = try #require(found.first)
            let store = try Import(opening: path).load(network)
            #expect(store.entries.count == manifest.tensors?.count, "\(fixture)")
            print("import \(fixture): \(try network.network.get().summary)")
        }
    }

    @Test("A network with other numbers of tensors is refused by their names")
    func strict() throws {
        let fixture = try #require(
            GoldenFolder.fixtures.first { try GoldenFolder.manifest($0).module.hasPrefix("idinvert encoder") })
        var weights = try GoldenFolder.manifest(fixture).weights()
        weights["block1.wscale1.bias"] = nil
        weights["surplus"] = try .zeros([1])
        // Files of old versions lack the counters, which then are 0.
        weights["block0.bn.bn.num_batches_tracked"] = nil
        try withFile(of: weights) { path in
            let file = try Import(opening: path)
            let network = try #require(file.networks.first)
            do throws(ImportError) {
                _ = try file.load(network)
                Issue.record("a wrong state dictionary was loaded")
            } catch {
                let text = error.description
                #expect(text.contains("missing: block1.wscale1.bias") && text.contains("extra: surplus"))
                #expect(!text.contains("num_batches_tracked"))
            }
        }
    }

    private func withFile(of tensors: [String: Tensor], _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try SafeTensors.write(path, tensors)
        try body(path)
    }
}
