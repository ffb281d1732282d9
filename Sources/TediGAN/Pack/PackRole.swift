/// What a network does in a pack; each role is filled once at most.
public enum PackRole: String, Sendable, Hashable, Codable, CaseIterable {
    /// Draws codes.
    case generator
    /// Reads captions: E_l.
    case text
    /// Reads photos: E_v.
    case photo
    /// Reads sketches.
    case sketch
    /// Reads label maps.
    case labels
    /// The features of the perceptual loss.
    case perceptual
    /// The distance that is reported.
    case lpipsAlex = "lpips-alex"
    /// The distance that is trained with.
    case lpipsVGG = "lpips-vgg"
    /// Tells whose face it is.
    case identity
    /// The joint space of pictures and texts.
    case clip
    /// The features of the FID.
    case inception
    /// The text encoder of DAMSM, which baselines read captions with.
    case sentence
    /// A generator to compare with.
    case baseline
    /// Tells drawn pictures from real ones.
    case discriminator
    /// Finds the face in a photo.
    case landmarks
    /// Tells which attributes a picture shows: judges, and never draws.
    case attributes
    /// Tells the region of the face that each pixel shows: judges, and never draws.
    case regions

    /// The role in words, as "the pack has no ..." goes on.
    public var title: String {
        switch self {
        case .generator: "generator"
        case .text: "text encoder"
        case .photo: "encoder of photos"
        case .sketch: "encoder of sketches"
        case .labels: "encoder of label maps"
        case .perceptual: "VGG16 for perceptual losses"
        case .lpipsAlex: "LPIPS on AlexNet"
        case .lpipsVGG: "LPIPS on VGG16"
        case .identity: "identity network"
        case .clip: "CLIP"
        case .inception: "Inception network"
        case .sentence: "DAMSM text encoder"
        case .baseline: "baseline generator"
        case .discriminator: "discriminator"
        case .landmarks: "landmark network"
        case .attributes: "judge of attributes"
        case .regions: "judge of regions"
        }
    }

    /// The file of the role's tensors in packs that are written here.
    public var fileName: String {
        // An encoder of photos is what the first packs called the encoder.
        (self == .photo ? "encoder" : rawValue) + ".safetensors"
    }
}
