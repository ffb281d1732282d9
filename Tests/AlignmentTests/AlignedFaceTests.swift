import Alignment
import Images
import Testing

@Suite("Aligned faces")
struct AlignedFaceTests {
    static let scenes = [
        Scene(paint: .waves), Scene(angle: 30, paint: .waves), Scene(unit: 17, angle: -100, paint: .waves),
        Scene(width: 200, height: 200, origin: Point(x: 30, y: 40), angle: 15),
    ]

    private func face(_ scene: Scene) throws -> AlignedFace {
        try FaceAlignment(size: 128).align(scene.image, landmarks: scene.landmarks)
    }

    @Test("Places go to the photo and back", arguments: scenes.indices)
    func roundTrip(index: Int) throws {
        let scene = Self.scenes[index]
        let face = try face(scene)
        for x in stride(from: -40.0, to: 200, by: 13.7) {
            let place = Point(x: x, y: 100 - x * 0.6)
            #expect((face.alignedPoint(ofPhoto: face.photoPoint(ofAligned: place)) - place).length < 1e-9)
        }
        // The left eye lies half a unit left of the middle, the square is 4 units wide and begins 1.9 above the eyes.
        let eye = face.alignedPoint(ofPhoto: try scene.landmarks.leftEye)
        #expect((eye - Point(x: 128 * 1.5 / 4 - 0.5, y: 128 * 1.9 / 4 - 0.5)).length < 1e-9)
    }

    @Test("A face put back unedited changes little inside and nothing outside", arguments: scenes.indices)
    func unedited(index: Int) throws {
        let scene = Self.scenes[index]
        let (photo, face) = (scene.image, try face(scene))
        let pasted = try face.paste(face.image, into: photo)
        var (inside, outside) = (0, 0)
        for y in 0..<photo.height {
            for x in 0..<photo.width {
                let change = difference(pasted[x, y], photo[x, y])
                if isInside(face, x, y) { inside = max(inside, change) } else { outside = max(outside, change) }
            }
        }
        #expect(outside == 0)
        #expect(inside <= 3)
    }

    @Test("An edit of any size replaces the face and fades towards the edge", arguments: [1, 64, 700])
    func edited(size: Int) throws {
        let scene = Scene(angle: 25)
        let (photo, face) = (scene.image, try face(scene))
        let red = RGBColour(red: 255, green: 0, blue: 0)
        let pasted = try face.paste(RGBImage(width: size, height: size, filledWith: red), into: photo)
        let middle = face.quad.centre
        #expect(pasted[Int(middle.x), Int(middle.y)] == red)
        // From the middle to the right edge and beyond, green comes back step by step.
        var last = 0
        for step in 0..<110 {
            let place = middle + face.quad.right * (Double(step) / 100)
            let (x, y) = (Int(place.x.rounded()), Int(place.y.rounded()))
            let green = Int(pasted[x, y].green)
            #expect(green >= last - 2)
            last = green
            if step > 102 { #expect(pasted[x, y] == photo[x, y]) }
            if step < 80 { #expect(pasted[x, y] == red) }
        }
    }

    @Test("Pictures that are not square are refused")
    func square() throws {
        let scene = Scene()
        let face = try face(scene)
        let oblong = RGBImage(width: 64, height: 65, filledWith: .white)
        #expect(throws: AlignmentError.notSquare(width: 64, height: 65)) { try face.paste(oblong, into: scene.image) }
        #expect(throws: AlignmentError.notSquare(width: 64, height: 65)) {
            try AlignedFace(image: oblong, quad: face.quad)
        }
        let huge = RGBImage(width: 2, height: 8193, filledWith: .white)
        #expect(throws: AlignmentError.photoTooLarge(width: 2, height: 8193)) { try face.paste(face.image, into: huge) }
    }

    private func isInside(_ face: AlignedFace, _ x: Int, _ y: Int) -> Bool {
        let fraction = face.quad.fraction(of: Point(x: Double(x), y: Double(y)))
        return (0...1).contains(fraction.x) && (0...1).contains(fraction.y)
    }
}
