/// Red, green, blue in [0, 1]; the fourth lane is 1 and keeps the vector aligned.
typealias Colour = SIMD4<Float>

extension Colour {
    /// A colour from bytes.
    init(bytes red: Float, _ green: Float, _ blue: Float) {
        self.init(red / 255, green / 255, blue / 255, 1)
    }

    /// The colour mixed with another: `share` 0 is this one, 1 the other.
    @inline(__always)
    func mixed(_ other: Colour, _ share: Float) -> Colour { self + (other - self) * share }

    /// The colour times a factor, cut to [0, 1].
    func scaled(_ factor: Float) -> Colour {
        (self * factor).clamped(lowerBound: .zero, upperBound: .one)
    }
}

/// The colours that faces are painted with.
enum Palette {
    static let paleSkin = Colour(bytes: 253, 233, 222)
    /// From fair to deep; a tone is interpolated between neighbours.
    static let skin = [
        Colour(bytes: 242, 194, 158), Colour(bytes: 226, 168, 124), Colour(bytes: 192, 130, 88),
        Colour(bytes: 146, 94, 62), Colour(bytes: 100, 64, 46),
    ]
    static let blackHair = Colour(bytes: 38, 34, 46)
    static let brownHair = Colour(bytes: 116, 68, 38)
    static let blondHair = Colour(bytes: 244, 204, 96)
    static let grayHair = Colour(bytes: 196, 200, 208)
    static let redHair = Colour(bytes: 206, 82, 30)
    static let iris = [
        Colour(bytes: 92, 54, 30), Colour(bytes: 52, 118, 178), Colour(bytes: 66, 140, 84),
    ]
    static let lips = [
        Colour(bytes: 214, 26, 52), Colour(bytes: 224, 46, 128), Colour(bytes: 150, 22, 76),
    ]
    static let eyeShadow = [
        Colour(bytes: 132, 74, 176), Colour(bytes: 40, 128, 168), Colour(bytes: 206, 74, 132),
    ]
    static let frames = [
        Colour(bytes: 26, 26, 34), Colour(bytes: 124, 24, 36), Colour(bytes: 26, 44, 108),
    ]
    static let hats = [
        Colour(bytes: 204, 62, 56), Colour(bytes: 46, 92, 148), Colour(bytes: 62, 132, 96),
        Colour(bytes: 240, 226, 196),
    ]
    static let jewels = [
        Colour(bytes: 255, 204, 48), Colour(bytes: 250, 246, 238), Colour(bytes: 28, 190, 186),
    ]
    static let ties = [
        Colour(bytes: 208, 36, 48), Colour(bytes: 32, 84, 176), Colour(bytes: 244, 176, 36),
    ]
    static let clothes = [
        Colour(bytes: 224, 104, 88), Colour(bytes: 58, 96, 142), Colour(bytes: 74, 136, 112),
        Colour(bytes: 122, 84, 140),
        Colour(bytes: 62, 62, 76),
    ]
    static let backgrounds = [
        Colour(bytes: 166, 208, 230), Colour(bytes: 184, 214, 184), Colour(bytes: 246, 206, 186),
        Colour(bytes: 208, 198, 232), Colour(bytes: 128, 178, 182),
    ]

    /// The skin tone at a position in [0, 1], fair to deep.
    static func skin(at position: Float) -> Colour {
        let scaled = position * Float(skin.count - 1)
        let lower = min(Int(scaled), skin.count - 2)
        return skin[lower].mixed(skin[lower + 1], scaled - Float(lower))
    }
}
