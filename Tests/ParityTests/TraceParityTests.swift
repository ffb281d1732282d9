import Foundation
import TediGAN
import Testing
import Torch

/// The losses of every step of the optimisations that the golden data traces.
@Suite(.serialized, .enabled(if: GoldenFolder.exists || GoldenFolder.isRequired, "no parity fixtures"))
struct TraceParityTests {
    private struct Trace: Decodable {
        var traceColumns: [String]
        var traceF64: [[Double]]
        var traceRelTolerance: [Double]
    }

    /// Losses by their names in the manifests' columns.
    private static let names = ["pix": "pixel", "feat": "perceptual", "reg": "encoder", "clip": "clip"]

    @Test("Every step has the losses of the reference", arguments: ["float32", "float64"])
    func steps(type: String) throws {
        let dtype = try #require(DType(rawValue: type))
        for fixture in GoldenFolder.fixtures {
            let manifest = try GoldenFolder.manifest(fixture)
            guard manifest.module.hasPrefix(GoldenNetwork.instanceOptimization.module) else { continue }
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let trace = try decoder.decode(Trace.self, from: GoldenFolder.data(fixture))
            let reports = try GoldenOptimization(manifest, dtype).reports
            #expect(reports.count == trace.traceF64.count)
            var worst = 0.0
            for (index, (report, row)) in zip(reports, trace.traceF64).enumerated() {
                for (column, expected) in zip(trace.traceColumns, row) where column != "step" {
                    let found = column == "total" ? report.total : report.losses[Self.names[column] ?? column]
                    let error = try abs(#require(found) - expected) / abs(expected) / trace.traceRelTolerance[index]
                    worst = error.isNaN ? .infinity : max(worst, error)
                    #expect(error <= 1, "\(fixture) \(column) of step \(index + 1) in \(type)")
                }
            }
            print("parity \(type) \(fixture) trace: \(String(format: "%.2e", worst)) of tolerance")
        }
    }
}
