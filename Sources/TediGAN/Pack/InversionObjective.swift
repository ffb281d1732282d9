/// How photos are inverted with a pack: what depends on how large its codes are.
///
/// The published weights and rate are for codes whose numbers vary by some tenths. Where they vary by one, a step goes a
/// smaller part of the way, and the same distance from the encoder's code is a square larger.
public struct InversionObjective: Sendable, Hashable, Codable {
    /// Weight of the squared distance to the code that the encoder finds in what is drawn; the pixels' is 1.
    public var encoderWeight: Double
    /// How far a step of Adam goes, at most.
    public var rate: Double
    /// Whether the rate rises and falls along a cosine over the steps of a photo; constant otherwise.
    public var isRamped: Bool

    /// An objective.
    public init(encoderWeight: Double, rate: Double, isRamped: Bool) {
        (self.encoderWeight, self.rate, self.isRamped) = (encoderWeight, rate, isRamped)
    }

    /// That of TediGAN's 256-pixel script.
    public static let published = InversionObjective(encoderWeight: 2, rate: 0.01, isRamped: false)

    /// The rate of each of so many steps.
    public func learningRate(steps: Int) -> LearningRate {
        isRamped && steps > 0 ? .ramped(rate, steps: steps) : .constant(rate)
    }

    /// Checks the numbers.
    ///
    /// - Throws: ``TediGANError/invalid(_:)`` naming the first that is out of range.
    public func validate() throws(TediGANError) {
        guard encoderWeight.isFinite, (0...1_000).contains(encoderWeight) else {
            throw .invalid("inversion: encoderWeight must be in 0...1000")
        }
        guard rate.isFinite, rate > 0, rate <= 1 else {
            throw .invalid("inversion: rate must be above 0 and at most 1")
        }
    }
}
