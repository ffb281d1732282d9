extension Portrait {
    func paintEars(on canvas: Canvas) {
        for side in [Float(-1), 1] {
            let x = side * (halfWidth + 0.015) - slide * 0.4
            let part: FaceMaskClass = side > 0 ? .leftEar : .rightEar
            canvas.paint(Box(x: x, y: 0.0, 0.12, 0.16), in: head, as: part, opacity: 1 - code[.longHair]) { px, py in
                ellipse(px - x, py, 0.085, 0.125)
            } colour: { px, py, _ in
                skin.mixed(shade, 0.2 + 0.7 * smoothstep(0.02, -0.03, ellipse(px - x, py - 0.01, 0.045, 0.08)))
            }
        }
    }

    /// The face with shading at its right rim, blush, lines of age and, for a bald head, a shine.
    func paintHead(on canvas: Canvas) {
        if code[.chubby] > 0 {
            canvas.paint(
                Box(-0.45, 0.3, 0.45, 0.75), in: head, shade, as: .skin, opacity: code[.chubby]
            ) { x, y in
                ellipse(x, y - chin + 0.05, 0.34, 0.15)
            }
        }
        canvas.paint(Box(-0.65, -0.7, 0.65, 0.7), in: head, as: .skin) { x, y in
            face(x, y)
        } colour: { x, y, distance in
            let rim = smoothstep(-0.15, 0.02, distance + 0.12 * x)
            return skin.mixed(shade, 0.55 * rim)
        }
        paintCheeks(on: canvas)
        paintAge(on: canvas)
        canvas.paint(
            Box(-0.3, -0.65, 0.1, -0.3), in: head, Colour(repeating: 1), opacity: 0.5 * code[.bald], softness: 0.1
        ) { x, y in
            ellipse(x + 0.14, y + 0.5, 0.12, 0.06)
        }
    }

    private func paintCheeks(on canvas: Canvas) {
        let blush = skin.mixed(Colour(bytes: 240, 60, 84), 0.62)
        for side in [Float(-1), 1] {
            let x = across(side * (eyeX + 0.085))
            canvas.paint(
                Box(x: x, y: 0.15, 0.17, 0.14), in: head, blush, opacity: code[.rosyCheeks], softness: 0.09
            ) { px, py in
                max(ellipse(px - x, py - 0.15, 0.12, 0.09), face(px, py) + 0.02)
            }
        }
    }

    /// Two lines across the forehead, bags under the eyes and folds from the nose to the mouth.
    private func paintAge(on canvas: Canvas) {
        let visible = code[.age]
        guard visible > 0 else { return }
        let line = skin * Colour(0.68, 0.60, 0.58, 1)
        for y in [Float(-0.46), -0.385] {
            canvas.paint(Box(-0.3, y - 0.06, 0.3, y + 0.06), in: head, line, opacity: 0.85 * visible) { px, py in
                let x = px - slide
                return max(abs(py - y - 0.25 * x * x) - 0.017, abs(x) - 0.2)
            }
        }
        for side in [Float(-1), 1] {
            let eye = across(side * eyeX)
            canvas.paint(Box(x: eye, y: 0.1, 0.16, 0.1), in: head, line, opacity: 0.7 * visible) { px, py in
                let x = px - eye
                return max(abs(py - 0.095 + 2.4 * x * x) - 0.014, abs(x) - 0.11)
            }
            // The fold bows outwards from the wing of the nose to beside the corner of the mouth.
            let fold = across(side * (0.15 + 0.09 * code[.noseWidth]))
            let middle = (noseY + mouthY) / 2 + 0.01
            canvas.paint(Box(x: fold, y: middle, 0.2, 0.15), in: head, line, opacity: 0.85 * visible) { px, py in
                let t = (py - middle) / 0.11
                let bow = side * (px - fold) - 0.05 - 0.055 * t + 0.025 * t * t
                return max(abs(bow) - 0.018, abs(py - middle) - 0.11)
            }
        }
    }

    /// The nose: a soft bridge, a crescent of shade under the tip, and nostrils where it is wide.
    func paintNose(on canvas: Canvas) {
        let width = 0.06 + 0.1 * code[.noseWidth]
        let height = 0.05 + 0.028 * code[.noseWidth]
        let x = across(0, depth: 1.5)
        let dark = skin * Colour(0.70, 0.56, 0.53, 1)
        canvas.paint(Box(x - 0.25, -0.15, x + 0.25, noseY + 0.15), in: head, shade, as: .nose, opacity: 0.55) {
            px, py in
            // The bridge's shaded side widens downwards.
            let down = (py + 0.1) / (noseY + 0.1)
            return max(max(abs(px - x - 0.25 * width) - 0.75 * width * max(down, 0.25), -0.1 - py), py - noseY)
        }
        canvas.paint(Box(x: x, y: noseY, 0.25, 0.2), in: head, dark, as: .nose) { px, py in
            ellipse(px - x, py - noseY - 0.022, width, height)
        }
        let tip = skin.mixed(Colour(bytes: 255, 150, 130), 0.18)
        canvas.paint(Box(x: x, y: noseY, 0.25, 0.2), in: head, tip, as: .nose) { px, py in
            ellipse(px - x, py - noseY + 0.012, width * 0.98, height)
        }
        let nostril = skin * Colour(0.42, 0.3, 0.28, 1)
        for side in [Float(-1), 1] {
            let at = x + side * 0.55 * width
            canvas.paint(Box(x: at, y: noseY + 0.05, 0.06, 0.05), in: head, nostril, opacity: code[.noseWidth]) {
                px, py in
                ellipse(px - at, py - noseY - 0.04, 0.03, 0.02)
            }
        }
    }
}
