/// The curves of a mouth: where its lips meet, how far it opens, how thick the lips are.
struct Mouth {
    let x: Float
    let y: Float
    let halfWidth: Float
    let curve: Float
    let opening: Float
    let lip: Float

    /// Half the mouth's width in place, 0 at the middle and 1 at the corners, and what is left of the bow there.
    @inline(__always)
    func place(_ px: Float) -> (u: Float, bow: Float) {
        let u = (px - x) / halfWidth
        return (u, max(0, 1 - u * u))
    }

    @inline(__always)
    func upper(_ u: Float, _ bow: Float) -> Float {
        y + curve * (0.42 - u * u) - 0.35 * opening * (1 - max(0, curve) * 5) * bow
    }

    @inline(__always)
    func lower(_ u: Float, _ bow: Float) -> Float {
        y + curve * (0.42 - u * u) + opening * bow.squareRoot()
    }

    /// Where the lips end on either side.
    var corners: (left: SIMD2<Float>, right: SIMD2<Float>) {
        let height = lower(1, 0)
        return (SIMD2(x - halfWidth, height), SIMD2(x + halfWidth, height))
    }

    /// The distance to the opening.
    @inline(__always)
    func inside(_ px: Float, _ py: Float) -> Float {
        let (u, bow) = place(px)
        return max(max(upper(u, bow) - py, py - lower(u, bow)), abs(px - x) - halfWidth)
    }

    /// The distance to the lips and what they enclose.
    @inline(__always)
    func outside(_ px: Float, _ py: Float) -> Float {
        let u = (px - x) / (halfWidth + 0.02)
        let bow = max(0, 1 - u * u)
        let root = bow.squareRoot()
        // The dip in the middle of the upper lip.
        let dip = 0.25 * lip * max(0, 1 - square(u / 0.3))
        let top = upper(u, bow) - 0.8 * lip * root - 0.012 + dip
        let bottom = lower(u, bow) + lip * root + 0.012
        return max(max(top - py, py - bottom), abs(px - x) - halfWidth - 0.02)
    }
}

extension Portrait {
    var mouth: Mouth {
        let curve = code[.mouthCurve]
        let opening = code[.mouthOpening]
        return Mouth(
            x: across(0), y: mouthY + 0.005 * curve - 0.03 * opening + 0.035 * code[.mustache],
            halfWidth: 0.185 + 0.015 * code[.mouthWidth] + 0.04 * max(curve, 0) - 0.03 * opening * max(0, 1 - curve),
            curve: 0.14 * curve, opening: 0.165 * opening,
            lip: (0.02 + 0.075 * code[.lipThickness] + 0.016 * code[.lipstick]) * (1 - 0.3 * opening))
    }

    func paintMouth(on canvas: Canvas) {
        let mouth = mouth
        let natural = skin * Colour(0.80, 0.54, 0.53, 1)
        let lips = natural.mixed(code[colour: .lipRed], code[.lipstick])
        let box = Box(x: mouth.x, y: mouth.y + 0.06, 0.3, 0.26)
        canvas.paint(box, in: head, lips * Colour(0.9, 0.86, 0.86, 1), as: .upperLip) { x, y in mouth.outside(x, y) }
        canvas.paint(box, in: head, lips, as: .lowerLip) { x, y in
            let (u, bow) = mouth.place(x)
            return max(mouth.outside(x, y), mouth.lower(u, bow) - y)
        }
        let dark = Colour(bytes: 78, 18, 30)
        canvas.paint(box, in: head, dark, as: .mouth) { x, y in
            let (u, bow) = mouth.place(x)
            let seam = abs(y - (mouth.upper(u, bow) + mouth.lower(u, bow)) / 2)
            return min(mouth.inside(x, y), max(seam - 0.015, abs(u) * mouth.halfWidth - mouth.halfWidth))
        }
        guard mouth.opening > 0 else { return }
        canvas.paint(box, in: head, Colour(bytes: 214, 88, 96), opacity: min(1, 10 * mouth.opening)) { x, y in
            max(mouth.inside(x, y) + 0.02, ellipse(x - mouth.x, y - mouth.y - mouth.opening, 0.1, 0.055))
        }
        canvas.paint(box, in: head, Colour(bytes: 255, 253, 248), opacity: min(1, 10 * mouth.opening)) { x, y in
            let (u, bow) = mouth.place(x)
            let teeth = y - mouth.upper(u, bow) - 0.42 * mouth.opening - 0.01
            return max(max(mouth.inside(x, y) + 0.006, teeth), abs(x - mouth.x) - 0.85 * mouth.halfWidth)
        }
    }

    /// A full beard along the jaw up to the temples, or a tuft on the chin.
    func paintBeard(on canvas: Canvas) {
        let colour = whiskers
        let dark = colour * Colour(0.8, 0.8, 0.8, 1)
        let x = across(0)
        if code[.beard] > 0 {
            canvas.paint(Box(-0.7, -0.15, 0.7, 0.8), in: head, as: .hair, opacity: code[.beard]) { px, py in
                let cheeks = ellipse(px - x, py + 0.06, halfWidth * 0.82, 0.345)
                return max(max(face(px, py - 0.02) - 0.035, -cheeks), -0.05 - py)
            } colour: { _, _, distance in
                colour.mixed(dark, smoothstep(-0.08, 0.0, distance))
            }
        }
        canvas.paint(Box(x: x, y: chin, 0.22, 0.24), in: head, as: .hair, opacity: code[.goatee]) { px, py in
            ellipse(px - x, py - chin + 0.07, 0.155, 0.14)
        } colour: { _, _, distance in
            colour.mixed(dark, smoothstep(-0.06, 0.0, distance))
        }
    }

    /// Two full wings under the nose.
    func paintMustache(on canvas: Canvas) {
        // Darker than a beard, so that both can be told apart.
        let colour = whiskers * Colour(0.74, 0.72, 0.72, 1)
        let x = across(0, depth: 1.1)
        let y = mouthY - 0.075
        canvas.paint(Box(x: x, y: y, 0.34, 0.16), in: head, colour, as: .hair, opacity: code[.mustache]) { px, py in
            let u = abs(px - x) / 0.25
            let thickness = 0.062 * max(0, 1 - u * u * u).squareRoot() * (0.82 + 0.18 * smoothstep(0, 0.25, u))
            let middle = y + 0.055 * u * u - 0.02 * smoothstep(0, 0.3, u)
            return max(abs(py - middle) - thickness, abs(px - x) - 0.25)
        }
    }
}
