import Foundation

extension Portrait {
    private var cover: Float { 1 - code[.bald] }

    /// The distance to the rim of the hair on the head, without the face's opening; curls scallop it.
    @inline(__always)
    private func crown(_ x: Float, _ y: Float) -> Float {
        let volume = 0.02 * code[.hairVolume]
        let wide = halfWidth + 0.085 + volume + 0.02 * code[.wavy]
        let tall = Float(0.635) + volume
        let base = ellipse(x, y - Self.middle, wide, tall)
        guard code[.wavy] > 0, base > -0.25, base < 0.12 else { return base }
        return base - 0.035 * code[.wavy] * abs(cos(5 * atan2(y - Self.middle, x))) + 0.005 * code[.wavy]
    }

    /// The mass of long hair behind the neck.
    func paintBackHair(on canvas: Canvas) {
        let visible = code[.longHair] * cover
        guard visible > 0 else { return }
        canvas.paint(Box(-0.9, -0.3, 0.9, 0.95), in: head, darkHair, as: .hair, opacity: visible) { x, y in
            roundedBox(x, y - 0.2, halfWidth + 0.1, 0.58, 0.25)
        }
    }

    /// The locks of long hair that fall in front of the shoulders.
    func paintLocks(on canvas: Canvas) {
        let visible = code[.longHair] * cover
        guard visible > 0 else { return }
        let wavy = code[.wavy]
        for side in [Float(-1), 1] {
            let x = side * (halfWidth - 0.02)
            canvas.paint(Box(x: x, y: 0.25, 0.34, 0.75), in: head, as: .hair, opacity: visible) { px, py in
                let wave = wavy * 0.045 * sin(13 * py) * smoothstep(-0.2, 0.1, py)
                let bend = (0.1 + 0.06 * wavy) * smoothstep(-0.4, 0.55, py)
                return roundedBox(
                    px - x - side * (bend + wave), py - 0.26, 0.13 + 0.03 * wavy, 0.58, 0.12)
            } colour: { px, py, distance in
                hair.mixed(darkHair, smoothstep(-0.09, 0.0, distance) * 0.8)
            }
        }
    }

    /// The hair on the head with its opening for the face: parted, or with a fringe down to the brows.
    func paintHairCap(on canvas: Canvas) {
        guard cover > 0 else { return }
        let bangs = code[.bangs]
        let part = 0.2 * code[.hairPart]
        let long = code[.longHair]
        let bottom = 0.06 + 0.1 * (1 - code[.male]) * (1 - long) + 0.3 * long
        let gloss = hair.mixed(.one, 0.34)
        canvas.paint(Box(-0.75, -0.9, 0.75, 0.4), in: head, as: .hair, opacity: cover) { x, y in
            let fringe = -0.375 + 0.03 * abs(sin(12 * x)) + 0.35 * x * x
            let swept = -0.545 + square(x - part)
            let line = swept + (fringe - swept) * bangs
            // The strip beside the cheek runs out to a point.
            let strip = (0.055 + 0.02 * long) * (1 - smoothstep(bottom - 0.3, bottom, y))
            let opening = max(line - y, face(x, y) + strip)
            // Short hair is cut slanting up, away from the cheek.
            let cut = y - bottom + 0.5 * (1 - long) * (abs(x) - halfWidth)
            return max(max(crown(x, y), -opening), cut)
        } colour: { x, y, distance in
            let band = abs(crown(x, y) + 0.14 + 0.02 * bangs) - 0.035
            let shine = smoothstep(0.035, -0.035, band) * smoothstep(-0.2, -0.45, y)
            let rim = smoothstep(-0.05, 0.0, distance)
            return hair.mixed(darkHair, 0.75 * rim).mixed(gloss, shine)
        }
    }
}
