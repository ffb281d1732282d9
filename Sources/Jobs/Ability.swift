/// Something that a model can do beyond drawing codes, by a network that its pack has or lacks.
public enum Ability: String, Hashable, Sendable, CaseIterable {
    /// Reads captions.
    case words
    /// Reads photos.
    case photos
    /// Reads sketches.
    case sketches
    /// Reads label maps.
    case labels
    /// Compares pictures by the features of a network.
    case perceptual
    /// Compares pictures and texts in the space of CLIP.
    case clip
    /// Tells whose face it is.
    case identity
    /// Measures what it has drawn.
    case scores

    /// What a model without it cannot do, as “the model demo …” goes on.
    public var lack: String {
        switch self {
        case .words: "reads no captions"
        case .photos: "reads no photos"
        case .sketches: "reads no sketches"
        case .labels: "reads no label maps"
        case .perceptual: "has no network for perceptual losses"
        case .clip: "has no CLIP"
        case .identity: "has no identity network"
        case .scores: "has nothing to measure pictures with"
        }
    }
}
