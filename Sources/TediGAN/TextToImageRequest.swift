/// One image to make from a caption.
public struct TextToImageRequest: Sendable, Hashable {
    /// What the face shall be like.
    public var caption: String
    /// Where the random part comes from.
    public var seed: UInt64
    /// Which of the seed's images; each has other random numbers.
    public var sample: Int
    /// ψ of the style code; the pack's if nil.
    public var truncation: Double?
    /// Layers for attributes that are to be carried by others than the pack's policy says.
    public var layers: [String: [Int]]

    /// Creates a request.
    public init(
        caption: String, seed: UInt64, sample: Int = 0, truncation: Double? = nil, layers: [String: [Int]] = [:]
    ) {
        self.caption = caption
        self.seed = seed
        self.sample = sample
        self.truncation = truncation
        self.layers = layers
    }
}

/// An image made from a caption.
public struct GeneratedFace: Sendable, Hashable {
    /// RGB bytes, row by row: height x width x 3.
    public let pixels: [UInt8]
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// The mixed W+ code, L x C row by row.
    public let code: [Float]
    /// What the caption named.
    public let attributes: [NamedAttribute]
    /// Which of the style candidates was chosen.
    public let styleCandidate: Int
}
