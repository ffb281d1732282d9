public import Perception
public import Torch

extension InstanceOptimization {
    /// Inversion of a photo that an encoder has started, in the way of the 256-pixel script.
    /// - Parameters:
    ///   - generator: G.
    ///   - features: F; without them the perceptual term is left out.
    ///   - encoder: images [N, 3, R, R] to codes [N, L, C]; differentiable.
    ///   - objective: what depends on how large the codes are; the published one for codes of that size.
    ///   - steps: how many steps a ramped rate is made for.
    ///   - patience: when a face counts as done; never if nil.
    public static func inversion(
        _ generator: any FaceGenerator, features: PerceptualVGG16?,
        encoder: @escaping (Tensor) throws(TorchError) -> Tensor,
        objective: InversionObjective = .published, steps: Int = 100, patience: Patience? = nil
    ) throws(TediGANError) -> InstanceOptimization {
        var terms: [Term] = [.init(1, PixelLoss())]
        if let features { terms.append(.init(5e-5, PerceptualLoss(features))) }
        terms.append(.init(objective.encoderWeight, EncoderLoss(encoder)))
        return try InstanceOptimization(
            generator: generator, terms: terms, rate: objective.learningRate(steps: steps), patience: patience)
    }

    /// Projection of a photo without an encoder: starts from the mean code and is held near it, with the ramped rate of
    /// StyleGAN2's projector.
    /// - Parameter steps: how many steps the ramp is made for.
    public static func projection(
        _ generator: any FaceGenerator, features: PerceptualVGG16, steps: Int = 200
    ) throws(TediGANError) -> InstanceOptimization {
        guard steps > 0 else { throw .invalid("a projection needs at least one step") }
        return try InstanceOptimization(
            generator: generator,
            terms: [.init(1, PixelLoss()), .init(5e-5, PerceptualLoss(features)), .init(2, StartLoss())],
            rate: .ramped(0.1, steps: steps))
    }

    /// Semantic diffusion: only what lies under the mask counts, and the generator makes the rest fit.
    ///
    /// Source: Zhu et al., "In-domain GAN inversion", 2020, section 4.3; no encoder term, since the rest is free.
    public static func diffusion(
        _ generator: any FaceGenerator, features: PerceptualVGG16
    ) throws(TediGANError) -> InstanceOptimization {
        try InstanceOptimization(
            generator: generator, terms: [.init(1, PixelLoss()), .init(5e-5, PerceptualLoss(features))],
            rate: .constant(0.01))
    }
}

/// A part of one face pasted into another: where semantic diffusion starts, and what it must keep.
public struct SemanticDiffusion {
    /// The pasted picture, [1, 3, R, R]: give it to the encoder for a start.
    public let image: Tensor
    /// 1 where the part is, [1, 1, R, R].
    public let mask: Tensor

    /// Pastes a rectangle.
    /// - Parameters:
    ///   - target: whose part it is, [1, 3, R, R].
    ///   - context: into which it goes, of the same shape.
    ///   - rows: of the rectangle, within 0..<R.
    ///   - columns: of the rectangle, within 0..<R.
    /// - Throws: `TorchError` if shapes differ or the rectangle is empty or leaves the picture.
    public init(
        pasting target: Tensor, into context: Tensor, rows: Range<Int>, columns: Range<Int>
    ) throws(TorchError) {
        let shape = target.shape
        guard shape.count == 4, shape[0] == 1, context.shape == shape, !rows.isEmpty, !columns.isEmpty,
            rows.lowerBound >= 0, rows.upperBound <= shape[2], columns.lowerBound >= 0, columns.upperBound <= shape[3]
        else {
            throw TorchError(
                operation: "diffusion", shapes: [shape, context.shape],
                message: "two pictures [1, 3, R, R] and a rectangle within them are needed, not \(rows), \(columns)")
        }
        // Borders are left, right, top, bottom.
        let part = try Tensor.ones(
            [1, 1, rows.count, columns.count], dtype: target.dtype, device: target.device)
        mask = try part.padded([
            columns.lowerBound, shape[3] - columns.upperBound, rows.lowerBound, shape[2] - rows.upperBound,
        ])
        image = try context + (target - context) * mask
    }

    /// The goal of the optimisation, from a start that the encoder has made of ``image``.
    public func goal(start: Tensor) -> OptimizationGoal { OptimizationGoal(start: start, image: image, mask: mask) }
}
