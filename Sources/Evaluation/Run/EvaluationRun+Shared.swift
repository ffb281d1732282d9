import FaceData
import Images
import TediGAN
import Torch
import Training

// What sections share.

extension EvaluationRun {
    /// Side of the pictures in pixels.
    var side: Int { pack.manifest.resolution }

    /// Rows of a pass.
    static let batch = 50

    /// The test faces, batch by batch.
    func batches(of count: Int) -> [[Int]] {
        stride(from: 0, to: count, by: Self.batch).map { Array($0..<min($0 + Self.batch, count)) }
    }

    /// The pack's generator, loaded once.
    func generator() throws(TediGANError) -> PackGenerator {
        if let loaded { return loaded }
        let generator = try pack.faceGenerator(differentiable: false)
        loaded = generator
        return generator
    }

    /// Pictures [N, 3, R, R] of codes.
    func draw(_ codes: [LatentCode]) throws -> Tensor {
        let generator = try generator()
        return try withInferenceMode { try generator.images(of: Tensor(codes: codes)) }
    }

    /// Features of the test faces, and of as many other rendered faces, [N, F] each.
    func features() throws -> (first: Tensor, second: Tensor) {
        if let known { return known }
        var parts: [Tensor] = []
        for indices in batches(of: renders.count) {
            parts.append(try withInferenceMode { try detectors.features(renders.pictures(indices)) })
            progress("features of renders", indices, of: renders.count)
        }
        let all = try Tensor.cat(parts)
        let features = (
            first: try all.narrow(0, start: 0, length: options.faces),
            second: try all.narrow(0, start: options.faces, length: options.faces)
        )
        known = features
        return features
    }

    /// Whether the judge sees each attribute, and how surely, 0...1.
    func probabilities(_ pictures: Tensor) throws -> [[Double]] {
        let numbers = try withInferenceMode { try judge(pictures).sigmoid().doubles() }
        let count = FaceAttribute.allCases.count
        return stride(from: 0, to: numbers.count, by: count).map { Array(numbers[$0..<$0 + count]) }
    }

    /// Pictures on the host.
    func images(of pictures: Tensor) throws -> [RGBImage] {
        let (shape, bytes) = (pictures.shape, try pictures.imageBytes())
        let area = shape[2] * shape[3] * 3
        return try (0..<shape[0]).map {
            try RGBImage(width: shape[3], height: shape[2], pixels: Array(bytes[$0 * area..<($0 + 1) * area]))
        }
    }

    /// Keeps a picture for the report.
    func show(_ picture: EvaluationPicture) { pictures.append(picture) }

    /// Notes that a part of a section is missing.
    func leaveOut(_ part: String, of section: EvaluationSection, because reason: String) {
        gaps.append(.init(section: section, part: part, reason: reason))
    }

    /// Says how far a section is, every few seconds.
    func progress(_ what: String, _ indices: [Int], of count: Int) {
        guard ContinuousClock.now - lastWord > .seconds(5), let last = indices.last else { return }
        lastWord = .now
        say("\(what): \(last + 1) of \(count)")
    }
}
