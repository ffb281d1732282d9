/// A term of the loss of instance-level optimisation.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.3, and the facts page of the model: pixel, perceptual and encoder terms
/// of an inversion; CLIP as in the authors' later scripts.
public enum OptimizationTerm: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Squared difference of the pictures.
    case pixel
    /// Difference of their features.
    case perceptual
    /// Distance of the code from the one that the encoder reads off the picture.
    case encoder
    /// Distance of the code from the start.
    case start
    /// Distance of the code from that of the caption, by visual-linguistic similarity.
    case text
    /// Distance of picture and caption in the space of CLIP.
    case clip
    /// Whose face it is.
    case identity

    /// Orders by name.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How a way between codes is handed out.
public enum InterpolationFormat: String, Hashable, Sendable, CaseIterable {
    /// One picture for each frame.
    case frames
    /// One animated PNG, and the frames.
    case animation
}
