/// A part of an evaluation that can be asked for alone.
public enum EvaluationSection: String, Codable, Sendable, CaseIterable {
    /// Whether pictures show what their captions name.
    case text
    /// Whether pictures find their captions among others.
    case retrieval
    /// How much samples of one caption differ.
    case diversity
    /// How near samples from noise come to real faces, and what they leave out.
    case samples
    /// Photos to codes and back.
    case inversion
    /// Edits by caption.
    case edits
    /// Sketches to faces.
    case sketch
    /// Label maps to faces.
    case labels

    /// The section's heading.
    public var title: String {
        switch self {
        case .text: "Text to image: what the caption names"
        case .retrieval: "Text to image: which caption it was"
        case .diversity: "Text to image: how samples of one caption differ"
        case .samples: "Samples from noise"
        case .inversion: "Inversion of photos"
        case .edits: "Edits by caption"
        case .sketch: "Sketch to face"
        case .labels: "Label map to face"
        }
    }
}
