import Foundation
import Torch

/// Compares what a network made with the golden data of one fixture.
struct GoldenComparison {
    /// One line of the table.
    struct Row {
        var name: String
        /// The largest |x - reference| / (atol + rtol |reference|); a pass is at most 1.
        var worst: Double
        var count: Int
    }

    let manifest: GoldenManifest
    let reference: [String: Tensor]

    init(_ manifest: GoldenManifest) throws {
        self.manifest = manifest
        let path = GoldenFolder.url.appendingPathComponent(manifest.fixture + ".safetensors").path
        reference = try SafeTensors.read(path).tensors
    }

    /// Compares every output that the manifest lists; `made` gives them by name.
    func rows(_ made: (String) throws -> Tensor) throws -> [Row] {
        try (manifest.outputs ?? []).map { output in
            let tensor = try made(output.name)
            let key = output.tolerance.against == "f64" ? output.name + ".f64" : output.name
            guard let expected = try reference[key]?.doubles() else {
                throw GoldenError("\(manifest.fixture) stores no \(key)")
            }
            guard tensor.count == output.shape.reduce(1, *) else {
                throw GoldenError("\(output.name) is \(tensor.shape), must be \(output.shape)")
            }
            let all = try tensor.doubles()
            let step = output.stored == "strided" ? output.stride ?? 1 : 1
            let found = Swift.stride(from: 0, to: all.count, by: step).map { all[$0] }
            guard found.count == expected.count else {
                throw GoldenError("\(output.name): \(found.count) elements, \(expected.count) stored")
            }
            var worst = 0.0
            for (x, y) in zip(found, expected) {
                let allowed = output.tolerance.atol + output.tolerance.rtol * abs(y)
                let error = abs(x - y) / allowed
                worst = error.isNaN ? .infinity : max(worst, error)
            }
            return Row(name: output.name, worst: worst, count: found.count)
        }
    }
}
