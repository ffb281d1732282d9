/// Maps pixels to the coordinates that one part of the picture is described in (turned, moved, scaled).
struct Frame {
    /// Local coordinates of the centre of pixel (0, 0).
    var originX: Float
    var originY: Float
    /// Local step per pixel to the right; the step downwards is (-stepY, stepX).
    var stepX: Float
    var stepY: Float

    /// The size of a pixel in local units.
    var pixel: Float { (stepX * stepX + stepY * stepY).squareRoot() }

    /// A frame whose origin lies at (x, y) of the view [-1, 1]^2 (y downwards), turned by `roll` radians (as its sine
    /// and cosine) and enlarged by `zoom`.
    init(size: Int, x: Float = 0, y: Float = 0, sine: Float = 0, cosine: Float = 1, zoom: Float = 1) {
        let pixel = 2 / Float(size)
        let left = pixel / 2 - 1 - x
        let top = pixel / 2 - 1 - y
        originX = (cosine * left + sine * top) / zoom
        originY = (cosine * top - sine * left) / zoom
        stepX = pixel * cosine / zoom
        stepY = -pixel * sine / zoom
    }

    /// The pixel, with its fraction, at a local place; pixel middles are whole numbers.
    func pixel(_ x: Float, _ y: Float) -> SIMD2<Float> {
        let norm = stepX * stepX + stepY * stepY
        let (dx, dy) = (x - originX, y - originY)
        return SIMD2((dx * stepX + dy * stepY) / norm, (dy * stepX - dx * stepY) / norm)
    }

    /// The range of pixels that a local box touches, two pixels wider on each side for soft edges.
    func pixels(of box: Box, size: Int) -> (columns: Range<Int>, rows: Range<Int>) {
        var low = SIMD2<Float>(repeating: .infinity)
        var high = SIMD2<Float>(repeating: -.infinity)
        for (x, y) in [(box.left, box.top), (box.right, box.top), (box.left, box.bottom), (box.right, box.bottom)] {
            let point = pixel(x, y)
            low = pointwiseMin(low, point)
            high = pointwiseMax(high, point)
        }
        func span(_ low: Float, _ high: Float) -> Range<Int> {
            let first = max(0, Int(low.rounded(.down)) - 2)
            return first..<max(first, min(size, Int(high.rounded(.up)) + 3))
        }
        return (span(low.x, high.x), span(low.y, high.y))
    }
}

/// A rectangle in the coordinates of a ``Frame``.
struct Box {
    var left: Float
    var top: Float
    var right: Float
    var bottom: Float

    init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    }

    init(x: Float, y: Float, _ halfWidth: Float, _ halfHeight: Float) {
        self.init(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight)
    }
}

/// The picture being painted: colours as floating point and the class of each pixel.
///
/// One canvas serves one thread and is painted over for face after face.
final class Canvas {
    let size: Int
    private let colours: UnsafeMutableBufferPointer<Colour>
    private let classes: UnsafeMutableBufferPointer<UInt8>

    init(size: Int) {
        self.size = size
        colours = .allocate(capacity: size * size)
        classes = .allocate(capacity: size * size)
        colours.initialize(repeating: .zero)
        classes.initialize(repeating: 0)
    }

    deinit {
        colours.deallocate()
        classes.deallocate()
    }

    /// Fills every pixel with a colour of its place in the view and clears the mask.
    @inline(__always)
    func fill(_ colour: (Float, Float) -> Colour) {
        let frame = Frame(size: size)
        for row in 0..<size {
            let y = frame.originY + Float(row) * frame.stepX
            for column in 0..<size {
                colours[row * size + column] = colour(frame.originX + Float(column) * frame.stepX, y)
            }
        }
        classes.update(repeating: 0)
    }

    /// Paints a shape with a colour that may vary from place to place.
    ///
    /// The edge is a smooth step over 1.2 pixels of the signed distance, or over `softness` local units where that is
    /// more. The class is written where the shape covers more than half of a pixel.
    /// - Parameters:
    ///   - shape: signed distance at a local point, negative inside.
    ///   - colour: the colour at a local point, given the distance.
    @inline(__always)
    func paint(
        _ box: Box, in frame: Frame, as part: FaceMaskClass? = nil, opacity: Float = 1, softness: Float = 0,
        shape: (Float, Float) -> Float, colour: (Float, Float, Float) -> Colour
    ) {
        guard opacity > 0 else { return }
        let (columns, rows) = frame.pixels(of: box, size: size)
        let ramp = 1 / max(1.2 * frame.pixel, softness)
        for row in rows {
            var x = frame.originX + Float(columns.lowerBound) * frame.stepX - Float(row) * frame.stepY
            var y = frame.originY + Float(columns.lowerBound) * frame.stepY + Float(row) * frame.stepX
            for column in columns {
                let distance = shape(x, y)
                let step = min(max(0.5 - distance * ramp, 0), 1)
                if step > 0 {
                    let alpha = step * step * (3 - 2 * step) * opacity
                    let index = row * size + column
                    let below = colours[index]
                    colours[index] = below + (colour(x, y, distance) - below) * alpha
                    if let part, alpha > 0.5 { classes[index] = part.rawValue }
                }
                x += frame.stepX
                y += frame.stepY
            }
        }
    }

    /// Paints a shape with one colour.
    @inline(__always)
    func paint(
        _ box: Box, in frame: Frame, _ colour: Colour, as part: FaceMaskClass? = nil, opacity: Float = 1,
        softness: Float = 0, shape: (Float, Float) -> Float
    ) {
        paint(box, in: frame, as: part, opacity: opacity, softness: softness, shape: shape) { _, _, _ in colour }
    }

    /// Writes the picture as interleaved RGB8 and the mask, each where a buffer is given.
    func copy(pixels: UnsafeMutableBufferPointer<UInt8>?, mask: UnsafeMutableBufferPointer<UInt8>?) {
        if let pixels {
            for index in 0..<size * size {
                let bytes = (colours[index] * 255 + 0.5).clamped(lowerBound: .zero, upperBound: .init(repeating: 255))
                pixels[index * 3] = UInt8(bytes.x)
                pixels[index * 3 + 1] = UInt8(bytes.y)
                pixels[index * 3 + 2] = UInt8(bytes.z)
            }
        }
        if let mask { _ = mask.update(from: classes) }
    }
}
