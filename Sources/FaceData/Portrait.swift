import Foundation

/// The measures of one face, worked out of its linear code, that the painters share.
///
/// The view is [-1, 1] in x (rightwards) and y (downwards). The head has its own frame, turned and scaled about the
/// chin; the body only moves along a little. The features of the face slide sideways with the yaw.
struct Portrait {
    let code: FaceCode
    let head: Frame
    let body: Frame

    // Colours.
    let skin: Colour
    let shade: Colour
    let hair: Colour
    let darkHair: Colour
    let brow: Colour
    let whiskers: Colour

    // Head, in its frame.
    let halfWidth: Float
    let chin: Float
    let jaw: Float
    let taper: Float
    let slide: Float
    let eyeX: Float
    let eyeY: Float = -0.06
    let browY: Float
    let noseY: Float
    let mouthY: Float = 0.305

    /// The height of the widest line of the face, and the face's extent above it.
    static let middle: Float = -0.06
    static let skull: Float = 0.57

    init(_ code: FaceCode, size: Int) {
        self.code = code
        let roll = 0.07 * code[.roll]
        let x = 0.045 * code[.shiftX]
        let y = 0.03 * code[.shiftY] + 0.06
        let zoom = 1.06 + 0.035 * code[.zoom]
        head = Frame(size: size, x: x, y: y, sine: sin(roll), cosine: cos(roll), zoom: zoom)
        body = Frame(size: size, x: x * 0.6, y: y, zoom: 1.06)
        skin = code[colour: .skinRed]
        shade = skin * Colour(0.80, 0.70, 0.68, 1)
        hair = code[colour: .hairRed]
        darkHair = hair * Colour(0.72, 0.68, 0.70, 1)
        // Darkened yellow looks olive; what is warm gets redder as it gets darker.
        let warmth = (hair.x - hair.z) * Colour(0.10, -0.05, -0.04, 0)
        brow = hair * Colour(0.62, 0.58, 0.58, 1) + warmth
        whiskers = hair * Colour(0.82, 0.80, 0.80, 1) + warmth
        halfWidth = 0.47 + 0.062 * code[.faceWidth] + 0.012 * code[.male]
        chin = 0.56 + 0.05 * code[.faceLength]
        jaw = 0.85 * code[.jaw]
        taper = 0.16 * (1 - code[.jaw]) * (1 - code[.chubby])
        slide = 0.05 * code[.yaw]
        eyeX = 0.205 + 0.012 * code[.eyeSpacing] + 0.012 * code[.faceWidth]
        browY = -0.285 - 0.02 * code[.browHeight]
        noseY = 0.12 + 0.02 * code[.noseLength]
    }

    /// The distance to the outline of the face: an ellipse above, below it a curve between ellipse and squared jaw,
    /// narrowed towards the chin.
    @inline(__always)
    func face(_ x: Float, _ y: Float) -> Float {
        let t = y - Self.middle
        guard t > 0 else { return ellipse(x, t, halfWidth, Self.skull) }
        let height = chin - Self.middle
        let v = t / height
        let narrowing = 1 - taper * v * v
        let u = x / (halfWidth * narrowing)
        let value = u * u + (1 - jaw) * v * v + jaw * v * v * v * v
        let du = 2 * u / (halfWidth * narrowing)
        let dv = (4 * u * u * taper * v / narrowing + 2 * (1 - jaw) * v + 4 * jaw * v * v * v) / height
        let gradient = (du * du + dv * dv).squareRoot()
        let root = value.squareRoot()
        return gradient > 1e-4 ? 2 * root * (root - 1) / gradient * (root > 0 ? 1 : 0) : -halfWidth
    }

    /// The sideways place of a feature of the face with the yaw; the nearer to the viewer, the farther it slides.
    @inline(__always)
    func across(_ x: Float, depth: Float = 1) -> Float { x + slide * depth }
}
