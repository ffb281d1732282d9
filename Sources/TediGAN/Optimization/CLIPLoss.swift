public import Perception
public import Torch

/// 1 - logit / 100 of the picture and a text: what the published code has in place of a trained text encoder.
///
/// With the published models, whose logits are 100 times a cosine, this is 1 - cosine, about 0.65...0.85.
///
/// Source: IIGROUP/TediGAN `inverter.py`, "TediGAN-B" of the extended paper.
public struct CLIPLoss: OptimizationLoss {
    /// The term's name in reports.
    public let name = "clip"
    private let model: CLIP
    private let preparation: CLIPImagePreparation

    /// Creates the term.
    /// - Parameters:
    ///   - model: CLIP.
    ///   - preparation: from the generator's size to the model's.
    public init(_ model: CLIP, _ preparation: CLIPImagePreparation) {
        self.model = model
        self.preparation = preparation
    }

    /// What a step needs of a goal.
    public func reference(for goal: OptimizationGoal) throws(TorchError) -> [Tensor] {
        [try OptimizationGoal.required(goal.textFeatures, "text features", by: name)]
    }

    /// The losses [N] of a batch.
    public func callAsFunction(images: Tensor, codes: Tensor, reference: [Tensor]) throws(TorchError) -> Tensor {
        let features = try model.imageFeatures(preparation(images))
        return try 1 - model.logitsPerPair(imageFeatures: features, textFeatures: reference[0]) / 100
    }
}
