import Foundation

/// Draws faces from standard normal codes: z in R^D to attributes and drawing parameters, deterministically.
///
/// Each column of z, mapped to u = Phi(z), decides one thing: a threshold, a palette entry or an amount. The sampler
/// is a function of z, so a network can learn z to face parameters by regression.
public struct FaceSampler: Sendable, Hashable {
    /// The number of columns of z.
    public static let dimension = Column.allCases.count

    /// The seed of the faces; see ``FaceSplit``.
    public let seed: UInt64

    /// Creates a sampler whose faces depend on the seed and their index only.
    public init(seed: UInt64) {
        self.seed = seed
    }

    /// The standard normal code of a face, ``dimension`` numbers.
    public func latent(of face: Int) -> [Float] {
        var random = CounterRandom(seed: seed, index: face)
        return random.normals(Self.dimension)
    }

    /// The parameters of a face.
    public func parameters(of face: Int) -> FaceParameters {
        Self.parameters(from: latent(of: face))
    }

    /// The parameters that a code stands for.
    /// - Parameters:
    ///   - latent: at least ``dimension`` numbers; further ones are ignored, missing ones count as zero.
    ///   - forced: attributes to have (or not) whatever the code says, where they can be drawn together with the rest.
    public static func parameters(
        from latent: some Sequence<Float>, forcing forced: [FaceAttribute: Bool] = [:]
    ) -> FaceParameters {
        var uniforms = [Float](repeating: 0.5, count: dimension)
        for (column, value) in latent.prefix(dimension).enumerated() {
            uniforms[column] = Float(0.5 * erfc(-Double(value) / 2.0.squareRoot()))
        }
        var draft = FaceDraft(uniforms: uniforms, forced: forced)
        return draft.face()
    }

    /// What each column of z decides.
    enum Column: Int, CaseIterable {
        case male, young, shape, skin, rosyCheeks, bald, hat, bangs, longHair, wavyHair, hairColour
        case bushyEyebrows, archedEyebrows, narrowEyes, bigNose, bigLips, smiling, mouthOpen
        case beard, mustache, eyeglasses, earrings, necklace, necktie, lipstick, makeup
        case background, clothes, iris, hatStyle, hatColour, frameShape, frameColour, lipColour, shadowColour
        case earringColour, necklaceColour, tieColour
        case yaw, roll, shiftX, shiftY, zoom, faceLength, jaw, eyeSize, eyeSpacing, browHeight, noseLength
        case mouthWidth, hairVolume, hairPart, hairShade
    }
}
