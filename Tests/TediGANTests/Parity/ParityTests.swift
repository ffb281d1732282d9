import Foundation
import Testing
import Torch

/// Equality with the public reference implementations on golden data.
@Suite(
    "Parity", .serialized,
    .enabled(
        if: GoldenFolder.exists || GoldenFolder.isRequired,
        "parity is skipped: no fixtures; TEDI_PARITY_FIXTURES names their folder"))
struct ParityTests {
    @Test("The fixtures are there and cover the networks of this module")
    func coverage() throws {
        try #require(GoldenFolder.exists, "no parity fixtures in \(GoldenFolder.url.path)")
        for module in [GoldenNetworks.generatorModule, GoldenNetworks.sentenceModule] {
            #expect(try !GoldenFolder.manifests(of: [module]).isEmpty, "no fixture of \(module)")
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

    @Test("Every output lies within its tolerance", arguments: ["float32", "float64"])
    func outputs(type: String) throws {
        let dtype = try #require(DType(rawValue: type))
        let modules: Set = [
            GoldenNetworks.generatorModule, GoldenNetworks.sentenceModule, GoldenNetworks.encoderModule,
        ]
        for manifest in try GoldenFolder.manifests(of: modules) {
            let rows = try GoldenComparison(manifest).rows(GoldenNetworks.outputs(manifest, dtype: dtype))
            #expect(!rows.isEmpty)
            for row in rows {
                let name = "\(manifest.fixture) \(row.name)".padding(toLength: 36, withPad: " ", startingAt: 0)
                print("parity \(type) \(name) \(String(format: "%10.2e", row.worst)) of tolerance, \(row.count) values")
                #expect(row.worst <= 1, "\(manifest.fixture) \(row.name) in \(type)")
            }
        }
    }
}
