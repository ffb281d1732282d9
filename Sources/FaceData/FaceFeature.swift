/// One number of the linear code that determines a picture completely.
///
/// Geometry is in [-1, 1] or [0, 1]; colours are the drawn red, green and blue in [0, 1]; a thing that is worn or
/// grown has its visibility, 0 or 1. What is not drawn is zero: a face without a hat has no hat colour.
public enum FaceFeature: Int, Sendable, Hashable, CaseIterable {
    // Pose.
    case yaw, roll, shiftX, shiftY, zoom
    // Head.
    case male, faceWidth, faceLength, jaw, chubby, age
    // Eyes, brows, nose, mouth.
    case eyeSize, eyeSpacing, eyeOpening, browThickness, browArch, browHeight, noseWidth, noseLength
    case mouthWidth, mouthCurve, mouthOpening, lipThickness
    // Hair and beards.
    case bald, longHair, bangs, wavy, hairVolume, hairPart, beard, goatee, mustache
    // Things worn.
    case roundGlasses, squareGlasses, brimHat, beanie, earrings, necklace, necktie
    // Paint.
    case lipstick, makeup, rosyCheeks
    // Colours.
    case skinRed, skinGreen, skinBlue, irisRed, irisGreen, irisBlue, hairRed, hairGreen, hairBlue
    case lipRed, lipGreen, lipBlue, shadowRed, shadowGreen, shadowBlue, frameRed, frameGreen, frameBlue
    case hatRed, hatGreen, hatBlue, earringRed, earringGreen, earringBlue
    case necklaceRed, necklaceGreen, necklaceBlue, tieRed, tieGreen, tieBlue
    case clothesRed, clothesGreen, clothesBlue, backgroundRed, backgroundGreen, backgroundBlue
}

/// The linear code of one face: a value for each ``FaceFeature``.
public struct FaceCode: Sendable, Hashable {
    /// The values in the order of ``FaceFeature``.
    public private(set) var values: [Float]

    /// The number of values in every code.
    public static let count = FaceFeature.allCases.count

    /// Creates a code of zeros.
    public init() {
        values = [Float](repeating: 0, count: Self.count)
    }

    /// Creates a code from values in the order of ``FaceFeature``; missing ones are zero, further ones ignored.
    public init(values: some Sequence<Float>) {
        self.init()
        for (index, value) in values.prefix(Self.count).enumerated() { self.values[index] = value }
    }

    /// The value of one feature.
    public subscript(_ feature: FaceFeature) -> Float {
        get { values[feature.rawValue] }
        set { values[feature.rawValue] = newValue }
    }

    /// Three neighbouring features as a colour, red first.
    subscript(colour red: FaceFeature) -> Colour {
        get { Colour(values[red.rawValue], values[red.rawValue + 1], values[red.rawValue + 2], 1) }
        set {
            values[red.rawValue] = newValue.x
            values[red.rawValue + 1] = newValue.y
            values[red.rawValue + 2] = newValue.z
        }
    }
}
