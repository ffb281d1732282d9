import FaceData
import TediGAN

/// A picture that is no photo and that a pack may draw faces from.
enum ConditionKind {
    case sketch
    case labels

    /// Encoder that reads it.
    var role: PackRole { self == .sketch ? .sketch : .labels }

    /// What stands for a rendered face.
    func condition(pixels: [UInt8], mask: [UInt8], size: Int) throws(TediGANError) -> Condition {
        switch self {
        case .sketch:
            .sketch(
                try SketchInput(
                    width: size, height: size, pixels: FaceSketch.draw(pixels: pixels, mask: mask, size: size)))
        case .labels: .labels(try LabelMap(width: size, height: size, ids: mask))
        }
    }

    /// The attributes that it shows: outlines whose change, made by the renderer, changes the condition in most faces.
    ///
    /// Colours are not asked for: a label map has none, and a sketch no more than the strength of its lines.
    func shownAttributes(seed: UInt64, size: Int) -> Set<FaceAttribute> {
        let sampler = FaceSampler(seed: FaceSplit.test.seed(base: seed))
        return Set(
            FaceAttribute.allCases.filter { attribute in
                guard FaceFeatures.group(named: attribute.name)?.kind == .shape else { return false }
                var (tried, told) = (0, 0)
                for face in 0..<24 {
                    let latent = sampler.latent(of: face)
                    let both = [false, true].map { FaceSampler.parameters(from: latent, forcing: [attribute: $0]) }
                    guard both[0][attribute] != both[1][attribute] else { continue }
                    tried += 1
                    let drawn = both.map { FaceRenderer.render($0, size: size, sketch: self == .sketch) }
                    if differs(drawn[0], drawn[1]) { told += 1 }
                }
                return tried > 0 && 2 * told >= tried
            })
    }

    /// Whether one pixel in a thousand is clearly another.
    private func differs(_ first: RenderedFace, _ second: RenderedFace) -> Bool {
        let changed =
            switch self {
            case .sketch: zip(first.sketch ?? [], second.sketch ?? []).count { abs(Int($0) - Int($1)) > 48 }
            case .labels: zip(first.mask, second.mask).count { $0 != $1 }
            }
        return changed * 1_000 >= first.size * first.size
    }
}
