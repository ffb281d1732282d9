/// A part of a face in a label map: the 19 classes of CelebAMask-HQ, whose numbers are the raw values.
///
/// Left and right are used as the data set uses them. Source: CelebAMask-HQ (Lee et al. 2020); TediGAN and pSp use the
/// same numbers and colours.
public enum FaceRegion: UInt8, Sendable, Hashable, CaseIterable {
    /// Everything that is not the person.
    case background = 0
    /// Skin of the face.
    case skin = 1
    /// The nose.
    case nose = 2
    /// Eyeglasses.
    case eyeglasses = 3
    /// The left eye.
    case leftEye = 4
    /// The right eye.
    case rightEye = 5
    /// The left eyebrow.
    case leftBrow = 6
    /// The right eyebrow.
    case rightBrow = 7
    /// The left ear.
    case leftEar = 8
    /// The right ear.
    case rightEar = 9
    /// The inside of the mouth.
    case mouth = 10
    /// The upper lip.
    case upperLip = 11
    /// The lower lip.
    case lowerLip = 12
    /// Hair of the head.
    case hair = 13
    /// A hat.
    case hat = 14
    /// Earrings.
    case earring = 15
    /// A necklace.
    case necklace = 16
    /// The neck.
    case neck = 17
    /// Clothes.
    case cloth = 18

    /// Name in the data set's files.
    public var name: String {
        switch self {
        case .background: "background"
        case .skin: "skin"
        case .nose: "nose"
        case .eyeglasses: "eye_g"
        case .leftEye: "l_eye"
        case .rightEye: "r_eye"
        case .leftBrow: "l_brow"
        case .rightBrow: "r_brow"
        case .leftEar: "l_ear"
        case .rightEar: "r_ear"
        case .mouth: "mouth"
        case .upperLip: "u_lip"
        case .lowerLip: "l_lip"
        case .hair: "hair"
        case .hat: "hat"
        case .earring: "ear_r"
        case .necklace: "neck_l"
        case .neck: "neck"
        case .cloth: "cloth"
        }
    }

    /// Colour in the data set's palette: red, green and blue, 0 to 255.
    public var colour: SIMD3<UInt8> {
        switch self {
        case .background: [0, 0, 0]
        case .skin: [204, 0, 0]
        case .nose: [76, 153, 0]
        case .eyeglasses: [204, 204, 0]
        case .leftEye: [51, 51, 255]
        case .rightEye: [204, 0, 204]
        case .leftBrow: [0, 255, 255]
        case .rightBrow: [255, 204, 204]
        case .leftEar: [102, 51, 0]
        case .rightEar: [255, 0, 0]
        case .mouth: [102, 204, 0]
        case .upperLip: [255, 255, 0]
        case .lowerLip: [0, 0, 153]
        case .hair: [0, 0, 204]
        case .hat: [255, 51, 153]
        case .earring: [0, 204, 204]
        case .necklace: [0, 51, 0]
        case .neck: [255, 153, 51]
        case .cloth: [0, 204, 0]
        }
    }

    /// What the numbers 0 to 18 of the popular BiSeNet face parser mean, which counts the same classes otherwise.
    ///
    /// Taken for CelebAMask-HQ's, its maps show an eyebrow where the nose is, and a hat instead of clothes.
    public static let biSeNetOrder: [FaceRegion] = [
        .background, .skin, .leftBrow, .rightBrow, .leftEye, .rightEye, .eyeglasses, .leftEar, .rightEar, .earring,
        .nose, .mouth, .upperLip, .lowerLip, .neck, .necklace, .cloth, .hair, .hat,
    ]
}
