/// A yes-or-no property of a drawn face, named as in CelebA where CelebA has it.
///
/// Ours are `Long_Hair`, `Red_Hair` and `Beard` (CelebA has `No_Beard`). Each one changes many pixels at 64 px.
public enum FaceAttribute: String, Sendable, Hashable, CaseIterable, Codable {
    case male = "Male"
    case young = "Young"
    case chubby = "Chubby"
    case ovalFace = "Oval_Face"
    case paleSkin = "Pale_Skin"
    case rosyCheeks = "Rosy_Cheeks"
    case bald = "Bald"
    case bangs = "Bangs"
    case longHair = "Long_Hair"
    case wavyHair = "Wavy_Hair"
    case blackHair = "Black_Hair"
    case brownHair = "Brown_Hair"
    case blondHair = "Blond_Hair"
    case grayHair = "Gray_Hair"
    case redHair = "Red_Hair"
    case bushyEyebrows = "Bushy_Eyebrows"
    case archedEyebrows = "Arched_Eyebrows"
    case narrowEyes = "Narrow_Eyes"
    case bigNose = "Big_Nose"
    case bigLips = "Big_Lips"
    case smiling = "Smiling"
    case mouthOpen = "Mouth_Slightly_Open"
    case beard = "Beard"
    case goatee = "Goatee"
    case mustache = "Mustache"
    case eyeglasses = "Eyeglasses"
    case hat = "Wearing_Hat"
    case earrings = "Wearing_Earrings"
    case necklace = "Wearing_Necklace"
    case necktie = "Wearing_Necktie"
    case lipstick = "Wearing_Lipstick"
    case heavyMakeup = "Heavy_Makeup"

    /// The CelebA-style name.
    public var name: String { rawValue }

    /// The attribute's position in `FaceAttribute.allCases`.
    public var index: Int { Self.positions[self] ?? 0 }

    private static let positions = Dictionary(uniqueKeysWithValues: zip(allCases, 0...))
}
