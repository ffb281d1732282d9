import FaceData
import Images
import TediGAN
import Torch
import Training

/// What becomes of sketches or label maps of rendered faces.
public struct ConditionQuality: SectionQuality, Codable, Sendable, Hashable {
    /// Sketches or label maps.
    public let section: EvaluationSection
    /// Faces.
    public let faces: Int
    /// The attributes that such a picture shows, which are judged.
    public let attributes: [String]
    /// Mean over these attributes of the rates at which present and absent come out right.
    public let accuracy: Double
    /// The same for the rendered faces themselves: the ceiling.
    public let accuracyOfRenders: Double
    /// Mean intersection over union of the face's regions and those that a judge sees in what was drawn; nil without a
    /// judge of regions.
    public let overlap: Double?
    /// The same for the rendered faces themselves.
    public let overlapOfRenders: Double?
    /// The overlap of each region.
    public let overlaps: [String: Double]

    init(_ run: EvaluationRun, of kind: ConditionKind) throws {
        // Said before anything is drawn.
        _ = try run.pack.part(kind.role)
        let conditioning = Conditioning(pack: run.pack, generator: try run.generator())
        let shown = kind.shownAttributes(seed: run.options.seed, size: run.side)
        let count = run.options.faces
        var made = BalancedTally(count: FaceAttribute.allCases.count)
        var real = made
        var (regions, regionsOfRenders) = (RegionOverlap(), RegionOverlap())
        var gallery: EvaluationPicture.Row?
        for indices in run.batches(of: count) {
            let conditions = try indices.map {
                try kind.condition(pixels: run.renders.pixels([$0]), mask: run.renders.masks([$0]), size: run.side)
            }
            let pictures = try run.draw(conditions.map { condition in try conditioning.code(of: condition) })
            let photos = try run.renders.pictures(indices)
            let truth = indices.map { run.renders.faces[$0].attributes }
            for (seen, truth) in zip(try run.judge.attributes(of: pictures), truth) {
                made.add(seen: seen, truth: truth)
            }
            for (seen, truth) in zip(try run.judge.attributes(of: photos), truth) { real.add(seen: seen, truth: truth) }
            if let segmenter = run.segmenter {
                let truth = SegmentedRegion.regions(ofMask: run.renders.masks(indices))
                regions.add(seen: try segmenter.regions(of: pictures), truth: truth)
                regionsOfRenders.add(seen: try segmenter.regions(of: photos), truth: truth)
            }
            if gallery == nil { gallery = try Self.row(conditions, pictures, photos, run) }
            run.progress("faces", indices, of: count)
        }
        section = kind == .sketch ? .sketch : .labels
        run.show(EvaluationPicture(section, "What was given and what was drawn", rows: gallery.map { [$0] } ?? []))
        faces = count
        attributes = FaceAttribute.allCases.filter(shown.contains).map(\.name)
        func mean(_ tally: BalancedTally) -> Double {
            zip(FaceAttribute.allCases, tally.accuracy).filter { shown.contains($0.0) && $0.1.isFinite }.map(\.1).mean
        }
        (accuracy, accuracyOfRenders) = (mean(made), mean(real))
        overlaps = regions.shares
        (overlap, overlapOfRenders) =
            run.segmenter == nil ? (nil, nil) : (regions.mean, regionsOfRenders.mean)
        if run.segmenter == nil {
            run.leaveOut(
                "mask overlap", of: section,
                because: "no judge of regions is at hand; train one with tedi-model train segmenter, and name it with "
                    + "--segmenter")
        }
    }

    private static func row(
        _ conditions: [Condition], _ made: Tensor, _ photos: Tensor, _ run: EvaluationRun
    ) throws -> EvaluationPicture.Row {
        let given = try conditions.prefix(10).map { condition in
            let pixels =
                switch condition {
                case .sketch(let sketch): sketch.pixels.flatMap { [$0, $0, $0] }
                case .labels(let map): map.paletteBytes
                default: [UInt8]()
                }
            return try RGBImage(width: run.side, height: run.side, pixels: pixels)
        }
        return .columns(
            "from top to bottom: what was given; what was drawn; the face that it was taken from",
            [given, try run.images(of: made), try run.images(of: photos)])
    }

    var figures: [EvaluationFigure] {
        var figures = [
            EvaluationFigure(
                section, "attribute accuracy, balanced, of \(attributes.count) that it shows (\(faces) faces)",
                accuracy,
                .renders(accuracyOfRenders), goal: .atLeast(0.85))
        ]
        if let overlap {
            figures.append(
                EvaluationFigure(
                    section, "mask overlap of the result, mean over regions", overlap,
                    overlapOfRenders.map { .renders($0) }, goal: .atLeast(0.6)))
        }
        return figures
    }
}
