import FaceData
import TediGAN
import Torch
import Training

/// How well photos come back: by the encoder's code alone, and after optimisation.
public struct InversionQuality: SectionQuality, Codable, Sendable, Hashable {
    /// One way to a code.
    public struct Way: Codable, Sendable, Hashable {
        /// Photos.
        public let photos: Int
        /// Steps of optimisation.
        public let steps: Int
        /// Mean over photos of the peak signal-to-noise ratio, in dB.
        public let peakSignalToNoise: Double
        /// Mean distance of picture and photo.
        public let distance: Double
        /// Share of attributes that the judge sees as they are in the photo.
        public let attributes: Double
    }

    /// The encoder's code.
    public let encoder: Way
    /// The code after optimisation.
    public let optimized: Way?
    /// What the distances are called.
    public let distanceName: String
    /// Mean distance of two different rendered faces.
    public let distanceOfRenders: Double
    /// Share of attributes that the judge sees as they are, on the photos themselves.
    public let attributesOfRenders: Double

    init(_ run: EvaluationRun) throws {
        let encoder = try run.pack.pictureEncoder(.photo)
        let generator = try run.generator()
        var (guess, real) = (Tally(), Tally())
        var apart = 0.0
        let count = run.options.faces
        for indices in run.batches(of: count) {
            let photos = try run.renders.pictures(indices)
            let made = try withInferenceMode { try generator.images(of: encoder.codes(ofImages: photos)) }
            try guess.add(made, photos, indices, run)
            try real.add(photos, photos, indices, run)
            let others = try run.renders.pictures(indices.map { $0 + count })
            apart += try withInferenceMode { try run.detectors.distance(others, photos).sum().item() }
            run.progress("photos", indices, of: count)
        }
        self.encoder = guess.way(steps: 0)
        distanceName = run.detectors.distance.title
        (distanceOfRenders, attributesOfRenders) = (apart / Double(count), real.way(steps: 0).attributes)
        optimized = run.options.steps > 0 ? try Self.optimize(run) : nil
    }

    private static func optimize(_ run: EvaluationRun) throws -> Way {
        let inversion = try Inversion(pack: run.pack)
        var tally = Tally()
        var shown: [[Tensor]] = [[], [], []]
        for face in 0..<run.options.few {
            let photo = try PhotoInput(width: run.side, height: run.side, pixels: run.renders.pixels([face]))
            let result = try inversion.run(photo, steps: run.options.steps)
            let target = try run.renders.pictures([face])
            let made = try [result.startPixels, result.pixels].map {
                try Tensor.images(bytes: $0, count: 1, height: run.side, width: run.side)
            }
            try tally.add(made[1], target, [face], run)
            if face < 10 {
                for (row, picture) in ([target] + made).enumerated() { shown[row].append(picture) }
            }
            run.progress("optimised photos", [face], of: run.options.few)
        }
        let row = EvaluationPicture.Row.columns(
            "from top to bottom: photo (rendered, never trained on); the encoder's code alone; after "
                + "\(run.options.steps) steps of optimisation",
            try shown.map { try run.images(of: Tensor.cat($0)) })
        run.show(EvaluationPicture(.inversion, "Photos and what comes back", rows: [row]))
        return tally.way(steps: run.options.steps)
    }

    /// Sums over photos.
    private struct Tally {
        var (count, noise, distance, right) = (0, 0.0, 0.0, 0)

        mutating func add(_ made: Tensor, _ photos: Tensor, _ indices: [Int], _ run: EvaluationRun) throws {
            count += indices.count
            noise += try made.peakSignalToNoise(to: photos).reduce(0, +)
            distance += try withInferenceMode { try run.detectors.distance(made, photos).sum().item() }
            for (index, seen) in zip(indices, try run.judge.attributes(of: made)) {
                right += zip(seen, run.renders.faces[index].attributes).count { $0 == $1 }
            }
        }

        func way(steps: Int) -> Way {
            let all = Double(max(1, count))
            return Way(
                photos: count, steps: steps, peakSignalToNoise: noise / all, distance: distance / all,
                attributes: Double(right) / all / Double(FaceAttribute.allCases.count))
        }
    }

    var figures: [EvaluationFigure] {
        var figures = self.figures(of: encoder, "encoder alone", goal: 20)
        if let optimized {
            let isUsual = optimized.steps == 100
            figures += self.figures(of: optimized, "\(optimized.steps) steps", goal: isUsual ? 26 : nil)
        }
        return figures
    }

    private func figures(of way: Way, _ name: String, goal: Double?) -> [EvaluationFigure] {
        [
            EvaluationFigure(
                .inversion, "PSNR in dB, \(name) (\(way.photos) photos)", way.peakSignalToNoise,
                goal: goal.map { .atLeast($0) }),
            EvaluationFigure(
                .inversion, "\(distanceName) to the photo, \(name)", way.distance,
                .other("two random renders", distanceOfRenders)),
            EvaluationFigure(
                .inversion, "share of attributes kept, \(name)", way.attributes, .renders(attributesOfRenders)),
        ]
    }
}
