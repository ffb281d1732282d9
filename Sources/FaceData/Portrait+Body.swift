import Foundation

extension Portrait {
    /// A plain colour, lighter around the head, darker towards the corners.
    func paintBackground(on canvas: Canvas) {
        let base = code[colour: .backgroundRed]
        canvas.fill { x, y in
            let glow = smoothstep(1.5, 0.1, (x * x + (y + 0.1) * (y + 0.1)).squareRoot())
            return base * (0.84 + 0.22 * glow)
        }
    }

    func paintNeck(on canvas: Canvas) {
        let half = 0.17 + 0.07 * code[.male]
        let box = Box(-0.5, 0.2, 0.5, 1.1)
        canvas.paint(box, in: body, as: .neck) { x, y in
            // The neck widens into the shoulders.
            let flare = 0.1 * smoothstep(0.55, 0.95, y)
            return max(abs(x) - half - flare, 0.25 - y)
        } colour: { x, y, _ in
            // The chin throws a shadow with a clear lower edge.
            let shadow = smoothstep(0.05, -0.02, ellipse(x, y - 0.2, 0.45, chin - 0.1))
            return skin.mixed(shade, 0.25 + 0.75 * shadow)
        }
    }

    /// The height of the shoulder line.
    @inline(__always)
    private func shoulders(_ x: Float, _ y: Float) -> Float {
        let half = 0.74 + 0.16 * code[.male]
        return roundedBox(x, y - 1.22, half, 0.56, 0.36)
    }

    func paintClothes(on canvas: Canvas) {
        let cloth = code[colour: .clothesRed]
        let male = code[.male]
        let wide = 0.27 - 0.03 * male
        let deep = 0.24 - 0.1 * male
        canvas.paint(Box(-1.1, 0.6, 1.1, 1.1), in: body, as: .cloth) { x, y in
            let neckline = ellipse(x, y - 0.64, wide, deep)
            return max(shoulders(x, y), -neckline)
        } colour: { x, y, distance in
            let neckline = ellipse(x, y - 0.64, wide, deep)
            let collar = smoothstep(0.085, 0.065, neckline)
            let sleeve = smoothstep(-0.16, 0.04, distance)
            return cloth.mixed(cloth * Colour(0.66, 0.66, 0.7, 1), max(collar, 0.4 * sleeve))
        }
    }

    /// A white shirt front with collar wings and a wide tie.
    func paintNecktie(on canvas: Canvas) {
        let visible = code[.necktie]
        guard visible > 0 else { return }
        let tie = code[colour: .tieRed]
        canvas.paint(
            Box(-0.5, 0.6, 0.5, 1.1), in: body, Colour(bytes: 250, 250, 252), as: .cloth, opacity: visible
        ) { x, y in
            max(abs(x) - 0.36 + 0.36 * max(0, y - 0.66), 0.66 - y - 0.12 * abs(x))
        }
        canvas.paint(Box(-0.2, 0.62, 0.2, 1.1), in: body, as: .cloth, opacity: visible) { x, y in
            let knot = max(abs(x) - 0.12 + 0.35 * max(0, y - 0.68), abs(y - 0.72) - 0.075)
            let blade = max(abs(x) - 0.065 - 0.32 * max(0, y - 0.77), 0.77 - y)
            return min(knot, blade)
        } colour: { x, y, _ in
            tie.mixed(tie * Colour(0.62, 0.62, 0.62, 1), smoothstep(0.02, -0.02, abs(y - 0.805) - 0.012))
        }
    }

    /// Big beads on a bow around the neck, on a dark string that sets them off.
    func paintNecklace(on canvas: Canvas) {
        let visible = code[.necklace]
        guard visible > 0 else { return }
        let bead = code[colour: .necklaceRed]
        let dark = bead * Colour(0.5, 0.42, 0.4, 1)
        let wide = 0.23 + 0.06 * code[.male]
        for index in -4...4 {
            let angle = Float(index) * 0.34
            let x = wide * 1.06 * sin(angle)
            let y = 0.58 + 0.235 * cos(angle)
            let box = Box(x: x, y: y, 0.075, 0.075)
            canvas.paint(box, in: body, dark, as: .necklace, opacity: visible) { px, py in
                ellipse(px - x, py - y, 0.064, 0.064)
            }
            canvas.paint(box, in: body, as: .necklace, opacity: visible) { px, py in
                ellipse(px - x, py - y, 0.049, 0.049)
            } colour: { px, py, _ in
                bead.mixed(.one, 0.6 * smoothstep(0.03, 0.0, ellipse(px - x + 0.015, py - y + 0.015, 0.02, 0.02)))
            }
        }
    }
}
