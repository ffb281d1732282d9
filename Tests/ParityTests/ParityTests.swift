import Foundation
import GoldenData
import Testing
import Torch

/// Equality with the public reference implementations on golden data.
@Suite(
    "Parity", .serialized,
    .enabled(
        if: GoldenFolder.exists || GoldenFolder.isRequired,
        "parity is skipped: no fixtures; TEDI_PARITY_FIXTURES names their folder"))
struct ParityTests {
    @Test("The fixtures are there, whichever networks they are of")
    func coverage() throws {
        try #require(GoldenFolder.exists, "no parity fixtures in \(GoldenFolder.url.path)")
        let modules = try GoldenFolder.fixtures.map { try GoldenFolder.manifest($0).module }
        #expect(!modules.isEmpty, "no manifests in \(GoldenFolder.url.path)")
        for network in GoldenNetwork.all where !modules.contains(where: { $0.hasPrefix(network.module) }) {
            print("parity: this folder has no fixture of \(network.module)")
        }
    }

    @Test("Public safetensors files are read, and damaged ones refused")
    func containers() throws {
        let folder = GoldenFolder.url.appendingPathComponent("containers").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".safetensors") }
        let damaged = names.filter { $0.hasPrefix("bad_") }
        #expect(!damaged.isEmpty && damaged.count < names.count)
        for name in names {
            if damaged.contains(name) {
                #expect(throws: SafeTensorsError.self, "\(name)") { try SafeTensors.read("\(folder)/\(name)") }
            } else {
                #expect(try !SafeTensors.read("\(folder)/\(name)").tensors.isEmpty, "\(name)")
            }
        }
    }

    @Test("The rule gives the documented values")
    func rule() {
        #expect(GoldenRule.hash("input.z") == 0x8108_442d_5960_cb8f)
        #expect(GoldenRule.fraction(GoldenRule.hash("input.z"), 0) == 2_757_777)
        #expect(GoldenRule.fraction(GoldenRule.hash("input.z"), 1_000_000) == 11_362_700)
        #expect(GoldenRule.hash("na\u{EF}ve") == 0x1e85_8bc6_8a63_32ab)
        #expect(GoldenRule.fraction(GoldenRule.hash("na\u{EF}ve"), 7) == 1_333_709)
        #expect(GoldenRule.fraction(GoldenRule.hash(""), 0) == 12_812_668)
        let expected: [Float] = [-1.1411205530166626, 0.9724257588386536, -1.1168285608291626, 0.04940342903137207]
        #expect(GoldenRule.values("input.z", count: 4, lo: -1.7, hi: 1.7) == expected)
    }

    @Test("Every output lies within its tolerance", arguments: GoldenFolder.fixtures, ["float32", "float64"])
    func outputs(fixture: String, type: String) throws {
        let dtype = try #require(DType(rawValue: type))
        let manifest = try GoldenFolder.manifest(fixture)
        guard !Self.others.contains(where: manifest.module.hasPrefix) else { return }
        let network = try #require(GoldenNetwork.network(of: manifest), "no network for \(manifest.module)")
        let rows = try GoldenComparison(manifest).rows(network.outputs(manifest, dtype))
        #expect(!rows.isEmpty)
        for row in rows {
            let name = "\(manifest.fixture) \(row.name)".padding(toLength: 36, withPad: " ", startingAt: 0)
            print("parity \(type) \(name) \(String(format: "%10.2e", row.worst)) of tolerance, \(row.count) values")
            #expect(row.worst <= 1, "\(manifest.fixture) \(row.name) in \(type)")
        }
    }

    /// Modules that have tests of their own: there is no network to them, or no tensors to compare.
    private static let others = ["CLIP byte-pair", "Frechet distance", "checkpoint containers"]
}
