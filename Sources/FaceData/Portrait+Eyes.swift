extension Portrait {
    func paintEyes(on canvas: Canvas) {
        for side in [Float(-1), 1] {
            paintEye(side, on: canvas)
        }
    }

    /// One eye: eye shadow, lid, white, iris, pupil, spark; lashes with a flick outwards on women.
    private func paintEye(_ side: Float, on canvas: Canvas) {
        let x = across(side * eyeX)
        let y = eyeY
        let part: FaceMaskClass = side > 0 ? .leftEye : .rightEye
        let wide = 0.112 + 0.008 * code[.eyeSize]
        let tall = (0.098 + 0.008 * code[.eyeSize]) * (0.36 + 0.64 * code[.eyeOpening])
        let box = Box(x: x, y: y, 0.24, 0.22)
        let shadow = code[colour: .shadowRed]
        canvas.paint(box, in: head, shadow, opacity: 0.92 * code[.makeup], softness: 0.03) { px, py in
            max(ellipse(px - x - side * 0.012, py - y + 0.035, wide + 0.055, tall + 0.085), py - y - 0.01)
        }
        let lid = Colour(bytes: 44, 28, 30)
        let lash = 0.014 + 0.008 * (1 - code[.male]) + 0.01 * code[.makeup]
        canvas.paint(box, in: head, lid, as: part) { px, py in
            ellipse(px - x, py - y + lash, wide + 0.012, tall + 0.01)
        }
        if code[.male] < 1 {
            let start = SIMD2(x + side * wide * 0.8, y - 0.35 * tall)
            let end = SIMD2(x + side * (wide + 0.06), y - 0.35 * tall - 0.055)
            canvas.paint(box, in: head, lid, opacity: 1 - code[.male]) { px, py in
                capsule(px, py, from: start, to: end, 0.017 + 0.006 * code[.makeup])
            }
        }
        canvas.paint(box, in: head, Colour(bytes: 253, 252, 250), as: part) { px, py in
            ellipse(px - x, py - y, wide, tall)
        }
        let iris = code[colour: .irisRed]
        let centre = x + 0.4 * slide
        canvas.paint(box, in: head, as: part) { px, py in
            max(ellipse(px - centre, py - y, 0.08, 0.08), ellipse(px - x, py - y, wide, tall))
        } colour: { px, py, _ in
            let pupil = ellipse(px - centre, py - y, 0.042, 0.042)
            return iris.mixed(Colour(bytes: 20, 16, 22), smoothstep(0.012, -0.012, pupil))
        }
        canvas.paint(box, in: head, Colour(repeating: 1)) { px, py in
            max(ellipse(px - centre + 0.026, py - y + 0.03, 0.024, 0.024), ellipse(px - x, py - y, wide, tall))
        }
    }

    /// Brows: thin or bushy, flat or bent to a peak.
    func paintBrows(on canvas: Canvas) {
        let thick = 0.017 + 0.036 * code[.browThickness]
        for side in [Float(-1), 1] {
            let x = across(side * (eyeX + 0.005))
            let part: FaceMaskClass = side > 0 ? .leftBrow : .rightBrow
            canvas.paint(Box(x: x, y: browY, 0.24, 0.22), in: head, brow, as: part) { px, py in
                let t = side * (px - x) / 0.145
                // The peak lies outwards of the middle.
                let bend = t < 0.25 ? square((t - 0.25) / 1.25) : square((t - 0.25) / 0.75)
                let line = browY + 0.02 - code[.browArch] * (0.105 * (1 - bend)) + 0.012 * t * (1 - code[.browArch])
                let taper = thick * (1 - 0.35 * smoothstep(0, 1, t))
                return max(abs(py - line) - taper, abs(t) * 0.145 - 0.145)
            }
        }
    }

    /// Thick dark frames with lightly tinted lenses, round or square.
    func paintGlasses(on canvas: Canvas) {
        let round = code[.roundGlasses]
        let square = code[.squareGlasses]
        let visible = min(1, round + square)
        guard visible > 0 else { return }
        let frame = code[colour: .frameRed]
        // The radius of the corners blends between the two shapes.
        let corner = 0.06 + 0.1 * round / (round + square)
        let tall = 0.135 + 0.028 * round / (round + square)
        for side in [Float(-1), 1] {
            let x = across(side * (eyeX + 0.008), depth: 1.1)
            let box = Box(x: x, y: eyeY, 0.26, 0.26)
            canvas.paint(box, in: head, Colour(bytes: 226, 244, 255), opacity: 0.26 * visible) { px, py in
                roundedBox(px - x, py - eyeY - 0.01, 0.168, tall, corner)
            }
            canvas.paint(box, in: head, frame, as: .eyeglasses, opacity: visible) { px, py in
                abs(roundedBox(px - x, py - eyeY - 0.01, 0.168, tall, corner)) - 0.025
            }
            let hinge = SIMD2(x + side * 0.17, eyeY - 0.03)
            let ear = SIMD2(side * (halfWidth + 0.03), eyeY - 0.05)
            let temple = Box(min(hinge.x, ear.x) - 0.05, eyeY - 0.12, max(hinge.x, ear.x) + 0.05, eyeY + 0.05)
            canvas.paint(temple, in: head, frame, as: .eyeglasses, opacity: visible) { px, py in
                capsule(px, py, from: hinge, to: ear, 0.022)
            }
        }
        let x = across(0, depth: 1.1)
        canvas.paint(Box(x: x, y: eyeY, 0.12, 0.12), in: head, frame, as: .eyeglasses, opacity: visible) { px, py in
            max(abs(py - eyeY + 0.03 - 4 * (px - x) * (px - x)) - 0.024, abs(px - x) - 0.06)
        }
    }
}
