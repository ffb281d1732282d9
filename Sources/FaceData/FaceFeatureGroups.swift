/// A set of features that belong together.
public struct FaceFeatureGroup: Sendable, Hashable {
    /// Whether a group changes outlines (coarse layers of a generator) or colours (fine layers).
    public enum Kind: String, Sendable, Hashable, Codable {
        case shape, colour
    }

    /// An attribute's CelebA-style name, or the name of a nuisance factor in lower case.
    public let name: String
    /// What the group changes.
    public let kind: Kind
    /// The indices of its features in ``FaceParameters/features``.
    public let indices: [Int]
    /// Whether the name is one of the attributes.
    public var isAttribute: Bool { FaceAttribute(rawValue: name) != nil }
}

/// The documented partition of the linear code.
public enum FaceFeatures {
    /// The number of features.
    public static let count = FaceCode.count

    /// The names of the features, in order.
    public static let names = FaceFeature.allCases.map { String(describing: $0) }

    /// The features that an attribute or nuisance factor owns.
    ///
    /// Attributes may share features: all hair colours own
    /// the same three.
    public static let groups: [FaceFeatureGroup] = attributeGroups + nuisanceGroups

    /// The indices of the features that only change colours; the others change outlines.
    ///
    /// Whether cheeks are rosy or eyes shadowed counts as an outline: it says where there is a patch of colour.
    public static let colourIndices: [Int] = (FaceFeature.skinRed.rawValue..<FaceFeature.allCases.count).map(\.self)

    /// The group with a name.
    public static func group(named name: String) -> FaceFeatureGroup? { groups.first { $0.name == name } }

    private static func group(
        _ name: String, _ kind: FaceFeatureGroup.Kind, _ features: [FaceFeature]
    ) -> FaceFeatureGroup {
        FaceFeatureGroup(name: name, kind: kind, indices: features.map(\.rawValue))
    }

    private static let hair: [FaceFeature] = [.hairRed, .hairGreen, .hairBlue]
    private static let build: [FaceFeature] = [.faceWidth, .faceLength, .chubby, .jaw]

    private static let attributeGroups: [FaceFeatureGroup] = FaceAttribute.allCases.map { attribute in
        group(attribute.name, kind(of: attribute), owned(by: attribute))
    }

    private static func kind(of attribute: FaceAttribute) -> FaceFeatureGroup.Kind {
        switch attribute {
        case .blackHair, .brownHair, .blondHair, .grayHair, .redHair, .paleSkin: .colour
        default: .shape
        }
    }

    private static func owned(by attribute: FaceAttribute) -> [FaceFeature] {
        switch attribute {
        case .male: [.male, .jaw]
        case .young: [.age]
        case .chubby, .ovalFace: build
        case .paleSkin: [.skinRed, .skinGreen, .skinBlue]
        case .rosyCheeks: [.rosyCheeks]
        case .bald: [.bald, .longHair, .bangs, .wavy, .hairVolume, .hairPart]
        case .bangs: [.bangs, .hairPart, .bald]
        case .longHair: [.longHair, .bald]
        case .wavyHair: [.wavy, .bald]
        case .blackHair, .brownHair, .blondHair, .grayHair, .redHair: hair
        case .bushyEyebrows: [.browThickness]
        case .archedEyebrows: [.browArch]
        case .narrowEyes: [.eyeOpening]
        case .bigNose: [.noseWidth]
        case .bigLips: [.lipThickness]
        case .smiling: [.mouthCurve]
        case .mouthOpen: [.mouthOpening]
        case .beard: [.beard, .goatee]
        case .goatee: [.goatee, .beard]
        case .mustache: [.mustache]
        case .eyeglasses: [.roundGlasses, .squareGlasses, .frameRed, .frameGreen, .frameBlue]
        case .hat: [.brimHat, .beanie, .hatRed, .hatGreen, .hatBlue]
        case .earrings: [.earrings, .earringRed, .earringGreen, .earringBlue]
        case .necklace: [.necklace, .necklaceRed, .necklaceGreen, .necklaceBlue]
        case .necktie: [.necktie, .tieRed, .tieGreen, .tieBlue]
        case .lipstick: [.lipstick, .lipRed, .lipGreen, .lipBlue]
        case .heavyMakeup: [.makeup, .shadowRed, .shadowGreen, .shadowBlue]
        }
    }

    private static let nuisanceGroups: [FaceFeatureGroup] = [
        group("pose", .shape, [.yaw, .roll, .shiftX, .shiftY, .zoom]),
        group("eyes", .shape, [.eyeSize, .eyeSpacing]),
        group("proportions", .shape, [.browHeight, .noseLength, .mouthWidth]),
        group("haircut", .shape, [.hairVolume, .hairPart]),
        group("iris", .colour, [.irisRed, .irisGreen, .irisBlue]),
        group("clothes", .colour, [.clothesRed, .clothesGreen, .clothesBlue]),
        group("background", .colour, [.backgroundRed, .backgroundGreen, .backgroundBlue]),
    ]
}
