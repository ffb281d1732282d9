public import FaceData
public import Layers
public import Perception

/// What a segmentation of a small face can tell apart: the 19 classes of a mask, some of them taken together.
///
/// Left and right of a pair are one region, for which is which is only a matter of place; the lips and what lies
/// between them are one, since each is a pixel or two high at 64 pixels.
public enum SegmentedRegion: UInt8, Sendable, CaseIterable {
    case background, skin, nose, eyeglasses, eyes, brows, ears, mouth, hair, hat, earring, necklace, neck, cloth

    /// The region that a class of a mask belongs to.
    public init(_ part: FaceMaskClass) {
        self =
            switch part {
            case .background: .background
            case .skin: .skin
            case .nose: .nose
            case .eyeglasses: .eyeglasses
            case .leftEye, .rightEye: .eyes
            case .leftBrow, .rightBrow: .brows
            case .leftEar, .rightEar: .ears
            case .mouth, .upperLip, .lowerLip: .mouth
            case .hair: .hair
            case .hat: .hat
            case .earring: .earring
            case .necklace: .necklace
            case .neck: .neck
            case .cloth: .cloth
            }
    }

    /// The names of all regions, in order.
    public static let names = allCases.map { String(describing: $0) }

    /// The regions of a mask, as raw values.
    /// - Parameter mask: raw values of `FaceMaskClass`, which must be below 19.
    public static func regions(ofMask mask: [UInt8]) -> [UInt8] { mask.map { table[Int($0)] } }

    private static let table = FaceMaskClass.allCases.map { SegmentedRegion($0).rawValue }
}

extension FaceSegmenter {
    /// Takes the network that tells the regions of ``SegmentedRegion`` from a scope.
    public init(in scope: ParameterScope, size: Int) throws(LayerError) {
        try self.init(in: scope, size: size, regions: SegmentedRegion.allCases.count)
    }
}
