public import Torch

/// The losses of the deep attentional multimodal similarity model: how well images and captions of a batch find each
/// other, by whole sentences and word by word.
///
/// Source: Xu et al., "AttnGAN", 2018, section 3.2; taoxugit/AttnGAN `losses.py`, `GlobalAttention.py`.
public struct DAMSMLoss: Sendable, Hashable {
    /// Two cross entropies: images looking for their captions, and captions for their images.
    public struct Pair {
        /// Image to text.
        public let imageToText: Tensor
        /// Text to image.
        public let textToImage: Tensor
    }

    /// γ1: how sharply a word looks at regions.
    public var attention: Double
    /// γ2: how much the best word counts in a caption.
    public var words: Double
    /// γ3: how sharply a match stands out in the batch.
    public var sharpness: Double

    /// Creates the loss; the defaults are those of the paper.
    public init(attention: Double = 4, words: Double = 5, sharpness: Double = 10) {
        self.attention = attention
        self.words = words
        self.sharpness = sharpness
    }

    /// The sentence loss.
    /// - Parameters:
    ///   - images: the images' vectors [B, D].
    ///   - sentences: the captions' vectors [B, D].
    ///   - classes: a number per sample; samples of the same class are no wrong answers to each other. None if nil.
    public func sentence(_ images: Tensor, _ sentences: Tensor, classes: [Int]? = nil) throws(TorchError) -> Pair {
        let products = try images.matmul(sentences.transposed(0, 1))
        let lengths = try images.norm([1], keepDims: true) * sentences.norm([1], keepDims: true).transposed(0, 1)
        return try pair(products / lengths.clamp(min: 1e-8) * sharpness, classes)
    }

    /// The word loss.
    /// - Parameters:
    ///   - regions: the images' regions [B, D, H, W].
    ///   - words: the captions' words [B, D, T].
    ///   - lengths: how many words each caption has, 1...T.
    ///   - classes: as for ``sentence(_:_:classes:)``.
    public func word(
        _ regions: Tensor, _ words: Tensor, lengths: [Int], classes: [Int]? = nil
    ) throws(TorchError) -> Pair {
        var columns: [Tensor] = []
        for (index, length) in lengths.enumerated() {
            let caption = try words.narrow(0, start: index, length: 1).narrow(2, start: 0, length: length)
            let (context, _) = try attend(caption, regions)
            // Of every word: how well it agrees with what it looks at, in each image; then a soft maximum over words.
            let agreement = try Self.cosine(caption, context)
            columns.append(try (agreement * self.words).logSumExp([1], keepDims: true))
        }
        return try pair(Tensor.cat(columns, axis: 1) * sharpness, classes)
    }

    /// What each word of a caption looks at.
    /// - Parameters:
    ///   - words: [B or 1, D, T].
    ///   - regions: [B, D, H, W].
    /// - Returns: what the words see [B, D, T], and where they look [B, T, H, W]; each word's weights sum up to 1.
    public func attend(_ words: Tensor, _ regions: Tensor) throws(TorchError) -> (context: Tensor, weights: Tensor) {
        let shape = regions.shape
        guard shape.count == 4 else {
            throw TorchError(operation: "attend", shapes: [shape], message: "regions must be [B, D, H, W]")
        }
        let places = try regions.flattened(from: 2)
        // Words compete for a region first, then regions for a word.
        let claims = try places.transposed(1, 2).matmul(words).softmax(2)
        let weights = try (claims.transposed(1, 2) * attention).softmax(2)
        let context = try places.matmul(weights.transposed(1, 2))
        return (context, try weights.reshape([shape[0], words.shape[2], shape[2], shape[3]]))
    }

    /// Cross entropies along both axes of the scores [images, captions], whose diagonal is right.
    private func pair(_ scores: Tensor, _ classes: [Int]?) throws(TorchError) -> Pair {
        let count = scores.shape[0]
        var scores = scores
        if let classes {
            let masked = (0..<count).flatMap { i in
                (0..<count).map { j in UInt8(i != j && classes[i] == classes[j] ? 1 : 0) }
            }
            let mask = try Tensor(masked, shape: [count, count], device: scores.device).to(dtype: .bool)
            scores = try scores.maskedFill(mask, -.infinity)
        }
        let labels = try Tensor((0..<count).map(Int64.init), shape: [count], device: scores.device)
        return Pair(
            imageToText: try scores.crossEntropy(labels),
            textToImage: try scores.transposed(0, 1).contiguous().crossEntropy(labels))
    }

    /// Cosines along axis 1: [B or 1, D, T] and [B, D, T] to [B, T].
    private static func cosine(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
        try (a * b).sum([1]) / (a.norm([1]) * b.norm([1])).clamp(min: 1e-8)
    }
}
