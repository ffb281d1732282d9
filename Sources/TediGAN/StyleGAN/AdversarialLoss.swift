public import Torch

/// The game between generator and discriminator: non-saturating logistic losses, and the R1 penalty that keeps the
/// discriminator smooth where the real images are.
///
/// Source: Goodfellow et al., "Generative adversarial nets", 2014; Mescheder et al., "Which training methods for GANs do
/// actually converge?", 2018, equation 9.
public enum AdversarialLoss {
    /// What the generator (or the encoder before it) pays: the mean of softplus(-D(fake)).
    public static func generator(_ fakeScores: Tensor) throws(TorchError) -> Tensor {
        try fakeScores.negated().softplus().mean()
    }

    /// What the discriminator pays: the means of softplus(D(fake)) and softplus(-D(real)) together.
    public static func discriminator(real: Tensor, fake: Tensor) throws(TorchError) -> Tensor {
        try fake.softplus().mean() + real.negated().softplus().mean()
    }

    /// γ/2 times the mean over the batch of the squared length of D's gradient by the real images; itself
    /// differentiable by D's parameters.
    /// - Parameters:
    ///   - images: real images [N, 3, R, R].
    ///   - gamma: γ; 10 in StyleGAN.
    ///   - discriminator: images to scores [N].
    public static func r1(
        _ images: Tensor, gamma: Double = 10, _ discriminator: (Tensor) throws(TorchError) -> Tensor
    ) throws(TorchError) -> Tensor {
        let leaves = try images.detached().clone().requiringGradient()
        let found = try discriminator(leaves).sum().gradients(withRespectTo: [leaves], createGraph: true)
        guard let gradient = found.first ?? nil else {
            throw TorchError(operation: "R1", message: "the discriminator does not look at its images")
        }
        return try gradient.square().sum([1, 2, 3]).mean() * (gamma / 2)
    }
}
