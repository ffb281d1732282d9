package import Artifacts
package import Images

/// One artifact that a job refers to, as the model sees it.
package enum ModelInput: Sendable {
    /// A photo, a sketch or a label map.
    case picture(RGBImage)
    /// A W+ code.
    case code(LatentCodeFile)
    /// The list of a finished batch, as JSONL.
    case index([UInt8])
}

/// Everything that a job refers to, fetched and decoded.
///
/// Photos and sketches stand upright and are at most ``longestSide`` pixels long. A label map of more is thinned out to
/// that size and never smoothed, so that it holds no colour that was not in it.
package struct ModelInputs: Sendable {
    /// Longest side of a picture that a model gets, in pixels.
    package static let longestSide = 1_024

    /// The photo to invert, to edit or to come near to.
    package var photo: ModelInput?
    /// The sketch to draw after.
    package var sketch: ModelInput?
    /// The label map to draw after: colours of the palette, or gray that stands for class numbers.
    package var labels: ModelInput?
    /// The code to begin with or to edit.
    package var code: ModelInput?
    /// The list of the batch to measure.
    package var index: ModelInput?
    /// What to mix or to go between; codes, and photos to be encoded first.
    package var sources: [ModelInput]

    package init(
        photo: ModelInput? = nil, sketch: ModelInput? = nil, labels: ModelInput? = nil, code: ModelInput? = nil,
        index: ModelInput? = nil, sources: [ModelInput] = []
    ) {
        self.photo = photo
        self.sketch = sketch
        self.labels = labels
        self.code = code
        self.index = index
        self.sources = sources
    }
}

extension ModelInput {
    /// The picture, where it is one.
    package var picture: RGBImage? {
        if case .picture(let picture) = self { picture } else { nil }
    }

    /// The code, where it is one.
    package var code: LatentCodeFile? {
        if case .code(let code) = self { code } else { nil }
    }

    /// The list, where it is one.
    package var index: [UInt8]? {
        if case .index(let bytes) = self { bytes } else { nil }
    }
}
