/// Paints faces from their linear code: analytic shapes with soft edges, back to front, at any square size.
public enum FaceRenderer {
    /// The sides that can be drawn, in pixels.
    public static let sizes = 16...1024

    /// Draws a face.
    /// - Parameters:
    ///   - parameters: the face.
    ///   - size: the side of the picture in pixels; cut to ``sizes``.
    ///   - sketch: whether to draw the line drawing too.
    public static func render(_ parameters: FaceParameters, size: Int, sketch: Bool = false) -> RenderedFace {
        render(parameters.code, size: size, sketch: sketch)
    }

    /// Draws the face that a linear code stands for, also one between two faces.
    public static func render(_ code: FaceCode, size: Int, sketch: Bool = false) -> RenderedFace {
        let side = min(max(size, sizes.lowerBound), sizes.upperBound)
        let canvas = Canvas(size: side)
        paint(code, on: canvas)
        var pixels = [UInt8](repeating: 0, count: side * side * 3)
        var mask = [UInt8](repeating: 0, count: side * side)
        pixels.withUnsafeMutableBufferPointer { pixels in
            mask.withUnsafeMutableBufferPointer { canvas.copy(pixels: pixels, mask: $0) }
        }
        let lines = sketch ? FaceSketch.draw(pixels: pixels, mask: mask, size: side) : nil
        return RenderedFace(size: side, pixels: pixels, mask: mask, sketch: lines)
    }

    /// Paints one face over whatever the canvas held.
    static func paint(_ code: FaceCode, on canvas: Canvas) {
        let portrait = Portrait(code, size: canvas.size)
        portrait.paintBackground(on: canvas)
        portrait.paintBackHair(on: canvas)
        portrait.paintNeck(on: canvas)
        portrait.paintClothes(on: canvas)
        portrait.paintNecktie(on: canvas)
        portrait.paintNecklace(on: canvas)
        portrait.paintLocks(on: canvas)
        portrait.paintEars(on: canvas)
        portrait.paintHead(on: canvas)
        portrait.paintBeard(on: canvas)
        portrait.paintMouth(on: canvas)
        portrait.paintMustache(on: canvas)
        portrait.paintNose(on: canvas)
        portrait.paintEyes(on: canvas)
        portrait.paintHairCap(on: canvas)
        portrait.paintBrows(on: canvas)
        portrait.paintGlasses(on: canvas)
        portrait.paintHat(on: canvas)
        portrait.paintEarrings(on: canvas)
    }
}
