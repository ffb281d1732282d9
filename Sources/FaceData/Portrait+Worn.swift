extension Portrait {
    /// Big discs beside the jaw, drawn over the hair, with a dark rim that sets them off.
    func paintEarrings(on canvas: Canvas) {
        let visible = code[.earrings]
        guard visible > 0 else { return }
        let jewel = code[colour: .earringRed]
        let dark = jewel * Colour(0.46, 0.36, 0.34, 1)
        for side in [Float(-1), 1] {
            let x = side * (halfWidth + 0.055) - slide * 0.3
            let box = Box(x: x, y: 0.235, 0.13, 0.2)
            canvas.paint(box, in: head, dark, as: .earring, opacity: visible) { px, py in
                min(ellipse(px - x, py - 0.26, 0.1, 0.1), ellipse(px - x, py - 0.125, 0.04, 0.04))
            }
            canvas.paint(box, in: head, as: .earring, opacity: visible) { px, py in
                min(ellipse(px - x, py - 0.26, 0.076, 0.076), ellipse(px - x, py - 0.125, 0.024, 0.024))
            } colour: { px, py, _ in
                jewel.mixed(.one, 0.65 * smoothstep(0.04, 0, ellipse(px - x + 0.025, py - 0.235, 0.026, 0.026)))
            }
        }
    }

    func paintHat(on canvas: Canvas) {
        paintBeanie(on: canvas)
        paintBrimHat(on: canvas)
    }

    /// A knitted cap with a folded band and a bobble.
    private func paintBeanie(on canvas: Canvas) {
        let visible = code[.beanie]
        guard visible > 0 else { return }
        let cloth = code[colour: .hatRed]
        let dark = cloth * Colour(0.72, 0.7, 0.72, 1)
        let wide = halfWidth + 0.11
        canvas.paint(Box(x: 0, y: -0.88, 0.2, 0.2), in: head, cloth.mixed(.one, 0.55), as: .hat, opacity: visible) {
            x, y in
            ellipse(x, y + 0.87, 0.12, 0.11)
        }
        canvas.paint(Box(-0.75, -0.95, 0.75, -0.3), in: head, as: .hat, opacity: visible) { x, y in
            max(ellipse(x, y + 0.36, wide, 0.5), y + 0.38)
        } colour: { _, _, distance in
            cloth.mixed(dark, 0.8 * smoothstep(-0.1, 0, distance))
        }
        canvas.paint(Box(-0.8, -0.6, 0.8, -0.2), in: head, as: .hat, opacity: visible) { x, y in
            roundedBox(x, y + 0.455 - 0.1 * x * x, wide + 0.025, 0.095, 0.07)
        } colour: { _, _, distance in
            cloth.mixed(.one, 0.28).mixed(dark, 0.6 * smoothstep(-0.05, 0, distance))
        }
    }

    /// A hat with a wide brim and a dark ribbon.
    private func paintBrimHat(on canvas: Canvas) {
        let visible = code[.brimHat]
        guard visible > 0 else { return }
        let cloth = code[colour: .hatRed]
        let dark = cloth * Colour(0.7, 0.68, 0.7, 1)
        let ribbon = cloth * Colour(0.36, 0.32, 0.36, 1)
        let wide = halfWidth - 0.02
        canvas.paint(Box(-0.7, -1.05, 0.7, -0.3), in: head, as: .hat, opacity: visible) { x, y in
            roundedBox(x, y + 0.64, wide - 0.1 * smoothstep(-0.45, -0.95, y), 0.3, 0.2)
        } colour: { x, y, distance in
            let body = cloth.mixed(dark, 0.8 * smoothstep(-0.1, 0, distance))
            return body.mixed(ribbon, smoothstep(0.015, -0.015, abs(y + 0.555 - 0.08 * x * x) - 0.065))
        }
        canvas.paint(Box(-1.0, -0.65, 1.0, -0.2), in: head, as: .hat, opacity: visible) { x, y in
            ellipse(x, y + 0.46 - 0.12 * x * x, halfWidth + 0.36, 0.085)
        } colour: { _, y, _ in
            cloth.mixed(dark, smoothstep(-0.48, -0.4, y))
        }
    }
}
