import Evaluation
import Foundation
import Testing
import Torch

/// Equality with the published Fréchet distance on the golden data.
@Suite("Frechet parity", .enabled(if: GoldenFolder.exists || GoldenFolder.isRequired))
struct FrechetParityTests {
    private struct Manifest: Decodable {
        var values: [String: Double]
    }

    @Test("Distances of full, few and the same features lie within their tolerances")
    func distances() throws {
        for fixture in try GoldenFolder.fixtures(of: "Frechet distance") {
            let manifest = try GoldenFolder.manifest(fixture)
            let decoded: Manifest = try GoldenFolder.decoded(fixture)
            let values = decoded.values
            func value(_ name: String) throws -> Double {
                try #require(values[name], "\(fixture) has no value \(name)")
            }
            let first = try features(1, of: manifest)
            let second = try features(2, of: manifest)
            let statistics = try FeatureStatistics(first)
            let trace = try (statistics.covariance() * Tensor.eye(statistics.width, dtype: .float64)).sum().item()
            #expect(try abs(statistics.mean.sum().item() - value("mean1_sum")) < 1e-9)
            #expect(try abs(trace / value("trace_sigma1") - 1) < 1e-9)

            let distance = try FrechetDistance(first, second)
            let error = try abs(distance.value / value("distance") - 1)
            #expect(try error <= value("tolerance_rel"))
            #expect(try abs(distance.meanTerm / value("mean_term") - 1) < 1e-9)

            let same = try FrechetDistance(first, first).value
            #expect(try abs(same - value("distance_self_exact")) <= value("distance_self_tolerance_abs"))

            // The first half as many as the features are wide: both covariances are singular.
            let few = first.shape[1] / 2
            let fewDistance = try FrechetDistance(
                first.narrow(0, start: 0, length: few), second.narrow(0, start: 0, length: few))
            let fewError = try abs(fewDistance.value / value("few_eigen") - 1)
            #expect(try fewError <= value("few_tolerance_rel"))
            #expect(fewDistance.firstCount == few)
            print("parity float64 \(fixture): relative errors \(error) and, of few, \(fewError); of the same \(same)")
        }
    }

    private func features(_ number: Int, of manifest: GoldenManifest) throws -> Tensor {
        try manifest.input("input.raw\(number)", dtype: .float64)
            .matmul(manifest.input("input.mix\(number)", dtype: .float64))
    }
}
