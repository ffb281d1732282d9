public import Layers

/// Sizes of a CLIP model, under the names of the published constructor's arguments.
///
/// The defaults are those of ViT-B/32.
public struct CLIPConfiguration: Sendable, Hashable, Codable {
    /// D, the width of the features of images and texts.
    public var embedDimension: Int
    /// Height and width of the image that the image tower reads, in pixels.
    public var imageResolution: Int
    /// One number, the blocks of a vision transformer, or four, the blocks in each stage of a residual network.
    public var visionLayers: [Int]
    /// Width of the transformer's tokens, or channels of the residual network's stem.
    public var visionWidth: Int
    /// Side of the squares that a vision transformer cuts the image into; nil for a residual network.
    public var visionPatchSize: Int?
    /// Tokens in a row of text.
    public var contextLength: Int
    /// Number of token ids.
    public var vocabularySize: Int
    /// Width of the text transformer.
    public var transformerWidth: Int
    /// Attention heads of the text transformer.
    public var transformerHeads: Int
    /// Blocks of the text transformer.
    public var transformerLayers: Int

    /// Creates a configuration.
    public init(
        embedDimension: Int = 512, imageResolution: Int = 224, visionLayers: [Int] = [12], visionWidth: Int = 768,
        visionPatchSize: Int? = 32, contextLength: Int = 77, vocabularySize: Int = 49_408,
        transformerWidth: Int = 512, transformerHeads: Int = 8, transformerLayers: Int = 12
    ) {
        self.embedDimension = embedDimension
        self.imageResolution = imageResolution
        self.visionLayers = visionLayers
        self.visionWidth = visionWidth
        self.visionPatchSize = visionPatchSize
        self.contextLength = contextLength
        self.vocabularySize = vocabularySize
        self.transformerWidth = transformerWidth
        self.transformerHeads = transformerHeads
        self.transformerLayers = transformerLayers
    }

    /// Whether the image tower is a residual network.
    public var isResNet: Bool { visionLayers.count == 4 }

    /// Attention heads of the image tower: one per 64 of its width.
    public var visionHeads: Int { max(1, (isResNet ? 32 : 1) * visionWidth / 64) }

    /// Checks every size against its limits.
    ///
    /// - Throws: ``LayerError/invalid(_:)`` naming the first value out of range.
    public func validate() throws(LayerError) {
        let sizes = [
            ("embedDimension", embedDimension, 1...8192), ("imageResolution", imageResolution, 1...1024),
            ("visionWidth", visionWidth, 1...8192), ("contextLength", contextLength, 2...1024),
            ("vocabularySize", vocabularySize, 3...1_048_576), ("transformerWidth", transformerWidth, 1...8192),
            ("transformerHeads", transformerHeads, 1...256), ("transformerLayers", transformerLayers, 1...128),
        ]
        for (name, value, range) in sizes where !range.contains(value) {
            throw .invalid("CLIP: \(name) is \(value); it must be in \(range)")
        }
        guard [1, 4].contains(visionLayers.count), visionLayers.allSatisfy((1...128).contains) else {
            throw .invalid("CLIP: visionLayers is \(visionLayers); it must be one number or four, in 1...128")
        }
        guard transformerWidth.isMultiple(of: transformerHeads) else {
            throw .invalid("CLIP: transformerWidth must be a multiple of transformerHeads")
        }
        if isResNet {
            guard visionPatchSize == nil, visionWidth.isMultiple(of: 2), imageResolution.isMultiple(of: 32),
                (32 * visionWidth).isMultiple(of: visionHeads), visionWidth <= 512
            else {
                throw .invalid(
                    "CLIP: a residual network has an even width up to 512, a resolution of whole 32, and no patches")
            }
        } else {
            guard let patch = visionPatchSize, patch > 0, imageResolution >= patch,
                visionWidth.isMultiple(of: visionHeads)
            else {
                throw .invalid("CLIP: a transformer's patches must fit into the image and its heads into its width")
            }
        }
    }
}
