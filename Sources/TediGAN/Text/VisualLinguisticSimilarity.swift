import Perception
public import Torch

/// Visual-linguistic similarity: how near a caption's code is to the code of the picture it describes.
///
/// The paper maps pictures and texts into one space that exists already, the W+ space of a fixed generator, and aligns
/// each caption with its own picture there: the mean squared distance of the two codes, each layer with a weight p of
/// its own. Nothing else was published of it: the training code and the weights of the text encoder were not released.
///
/// The ranking term is our design, for captions that fit many faces: within a batch, a text's code shall be nearer to
/// its own picture's than to the others', and the other way round. It is the sentence loss of DAMSM on codes less the
/// mean code, whose direction all codes share.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.2; the ranking: Xu et al., "AttnGAN", 2018, section 3.2.
public struct VisualLinguisticSimilarity {
    /// p: how much each layer counts, [1, L, 1]; equally if nil.
    public let layerWeights: Tensor?
    /// Weight of the ranking term; 0 leaves it out, as in the paper.
    public let ranking: Double
    private let match: DAMSMLoss

    /// Creates the loss.
    /// - Parameters:
    ///   - layerWeights: p, [1, L, 1].
    ///   - ranking: weight of the ranking term, at least 0.
    ///   - sharpness: how sharply a match stands out in the batch.
    /// - Throws: ``TediGANError/invalid(_:)`` for a negative weight.
    public init(
        layerWeights: Tensor? = nil, ranking: Double = 0, sharpness: Double = 10
    ) throws(TediGANError) {
        guard ranking.isFinite, ranking >= 0, sharpness.isFinite, sharpness > 0 else {
            throw .invalid("ranking must be at least 0, and its sharpness above 0")
        }
        self.layerWeights = layerWeights
        self.ranking = ranking
        match = DAMSMLoss(sharpness: sharpness)
    }

    /// The loss of a batch of pairs.
    /// - Parameters:
    ///   - texts: the captions' codes [N, L, C].
    ///   - pictures: the pictures' codes [N, L, C], in the same order.
    ///   - mean: the mean code [C] or [L, C]; needed by the ranking term alone.
    public func callAsFunction(
        _ texts: Tensor, _ pictures: Tensor, mean: Tensor? = nil
    ) throws(TorchError) -> Tensor {
        let aligned =
            try layerWeights == nil ? (texts - pictures).square().mean() : alignment(texts, pictures).mean()
        guard ranking > 0 else { return aligned }
        return try aligned + ranked(texts, pictures, mean: mean) * ranking
    }

    /// Mean squared distance of each pair, [N].
    public func alignment(_ texts: Tensor, _ pictures: Tensor) throws(TorchError) -> Tensor {
        try Self.distance(texts, pictures, layerWeights: layerWeights)
    }

    /// Mean squared distance of each pair, [N]: the one formula behind training, optimisation and figures.
    /// - Parameters:
    ///   - texts: codes [N, L, C].
    ///   - pictures: codes of the same shape, or of one that is stretched to it.
    ///   - layerWeights: p, [1, L, 1] or [N, L, 1]; equally if nil.
    public static func distance(
        _ texts: Tensor, _ pictures: Tensor, layerWeights: Tensor? = nil
    ) throws(TorchError) -> Tensor {
        let squares = try (texts - pictures).square()
        guard let layerWeights else { return try squares.mean([1, 2]) }
        return try (squares * layerWeights).mean([1, 2])
    }

    /// Mean squared distance along the directions that each text is about: a scalar.
    ///
    /// What a caption names is a small part of a code, and the part that the control mechanism takes from the text.
    /// - Parameters:
    ///   - texts: codes [N, L, C].
    ///   - pictures: codes of the same shape, or of one that is stretched to it.
    ///   - directions: unit vectors [F, C].
    ///   - mask: 1 for each direction that a text names, [N, F]; at least one.
    public static func named(
        _ texts: Tensor, _ pictures: Tensor, directions: Tensor, mask: Tensor
    ) throws(TorchError) -> Tensor {
        let along = try (texts - pictures).matmul(directions.transposed(0, 1)).square().mean([1])
        return try (along * mask).sum() / mask.sum()
    }

    /// The ranking term: the mean of both directions' cross entropies over the batch.
    public func ranked(_ texts: Tensor, _ pictures: Tensor, mean: Tensor? = nil) throws(TorchError) -> Tensor {
        let (first, second) = if let mean { (try texts - mean, try pictures - mean) } else { (texts, pictures) }
        let pair = try match.sentence(second.flattened(from: 1), first.flattened(from: 1))
        return try (pair.imageToText + pair.textToImage) * 0.5
    }
}
