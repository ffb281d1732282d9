import Alignment
import Images
import Testing

@Suite("Face alignment")
struct FaceAlignmentTests {
    private func align(_ scene: Scene, size: Int = 64) throws -> RGBImage {
        try FaceAlignment(size: size).align(scene.image, landmarks: scene.landmarks).image
    }

    @Test("An upright face gives the square that the recipe names")
    func square() throws {
        let scene = Scene()
        let quad = try FaceQuad(scene.landmarks)
        #expect(abs(quad.side - 160) < 1e-9)
        let expected = [(-2, -1.9), (-2, 2.1), (2, 2.1), (2, -1.9)].map { scene.photo($0.0, $0.1) }
        for (corner, wanted) in zip(quad.corners, expected) {
            #expect((corner - wanted).length < 1e-9)
        }
        #expect(difference(try align(scene), scene.aligned(64)) <= 1)
    }

    @Test("A long face is measured by its height")
    func longFace() throws {
        let quad = try FaceQuad(
            FaceLandmarks(
                leftEye: Point(x: 90, y: 100), rightEye: Point(x: 110, y: 100), nose: Point(x: 100, y: 130),
                leftMouth: Point(x: 90, y: 150), rightMouth: Point(x: 110, y: 150)))
        #expect(quad.right == Point(x: 90, y: 0))
        #expect(quad.centre == Point(x: 100, y: 105))
    }

    @Test("A photo at the aligned size is cut out half a pixel aside, as the corners say")
    func identity() throws {
        let scene = Scene(origin: Point(x: 150, y: 140), unit: 25, paint: .waves)
        #expect(difference(try align(scene, size: 100), scene.aligned(100), rim: 1) <= 1)
    }

    @Test("A turned face comes out upright", arguments: [90, 180, 270, 30, -17.5])
    func rotation(angle: Double) throws {
        let scene = Scene(angle: angle, paint: .waves)
        #expect(difference(try align(scene), scene.aligned(64), rim: 2) <= 1)
        #expect(difference(try align(scene), scene.aligned(64)) <= 2)
        #expect(difference(try align(scene), try align(Scene(paint: .waves))) <= 2)
    }

    @Test(
        "The photo's scale does not matter, whether it is enlarged, reduced or reduced twice",
        arguments: [9, 33, 66, 110])
    func scale(unit: Double) throws {
        let side = Int(unit * 5)
        let middle = Point(x: Double(side) / 2, y: Double(side) / 2 - 0.1 * unit)
        let scene = Scene(width: side, height: side, origin: middle, unit: unit, angle: 5, paint: .waves)
        #expect(difference(try align(scene), scene.aligned(64), rim: 2) <= 2)
    }

    @Test("Five points and 68 of the same face cut out the same square")
    func pointCounts() throws {
        let scene = Scene(angle: 12)
        let five = try FaceQuad(scene.landmarks)
        let many = try FaceQuad(FaceLandmarks(numbers: scene.numbers68))
        for (a, b) in zip(five.corners, many.corners) { #expect((a - b).length < 1e-9) }
    }

    @Test("The same photo gives the same bytes")
    func deterministic() throws {
        let scene = Scene(origin: Point(x: 20, y: 30), angle: 40, paint: .waves)
        #expect(try align(scene) == align(scene))
    }

    @Test("Sizes and photos beyond the limits are refused")
    func limits() throws {
        for size in [-1, 63, 1025] {
            #expect(throws: AlignmentError.size(size)) { try FaceAlignment(size: size) }
        }
        #expect(throws: AlignmentError.photoTooLarge(width: 8193, height: 2)) {
            try FaceAlignment().align(
                RGBImage(width: 8193, height: 2, filledWith: .black), landmarks: Scene().landmarks)
        }
        #expect(try FaceAlignment(size: 1024).size == 1024)
    }
}

@Suite("Faces that hang out of the photo")
struct ContinuationTests {
    /// Corners, edges, and a square larger than the photo.
    static let scenes = [
        Scene(width: 200, height: 200, origin: Point(x: 30, y: 40)),
        Scene(width: 200, height: 200, origin: Point(x: 190, y: 180), angle: 20),
        Scene(width: 200, height: 160, origin: Point(x: 100, y: 1), angle: -35),
        Scene(width: 90, height: 100, origin: Point(x: 45, y: 45), angle: 10),
        Scene(width: 700, height: 700, origin: Point(x: 60, y: 600), unit: 110),
    ]

    @Test("A photo of one colour is continued with it", arguments: scenes.indices)
    func flat(index: Int) throws {
        var scene = Self.scenes[index]
        scene.paint = .flat
        let face = try FaceAlignment(size: 64).align(scene.image, landmarks: scene.landmarks)
        #expect(difference(face.image, scene.aligned(64)) == 0)
    }

    @Test("No corner is black and no seam shows", arguments: scenes.indices)
    func smooth(index: Int) throws {
        let scene = Self.scenes[index]
        let image = try FaceAlignment(size: 64).align(scene.image, landmarks: scene.landmarks).image
        var (darkest, steepest) = (255, 0)
        for y in 0..<64 {
            for x in 0..<64 {
                darkest = min(darkest, Int(image[x, y].red), Int(image[x, y].green), Int(image[x, y].blue))
                if x > 0 { steepest = max(steepest, difference(image[x, y], image[x - 1, y])) }
                if y > 0 { steepest = max(steepest, difference(image[x, y], image[x, y - 1])) }
            }
        }
        #expect(darkest >= 60)
        // The ramp itself climbs by one level a pixel.
        #expect(steepest <= 5)
    }

    @Test("Well inside of the photo nothing is blurred or faded", arguments: scenes.indices)
    func inside(index: Int) throws {
        let scene = Self.scenes[index]
        let face = try FaceAlignment(size: 64).align(scene.image, landmarks: scene.landmarks)
        let expected = scene.aligned(64)
        let depth = 0.1 * face.quad.side
        for y in 2..<62 {
            for x in 2..<62 {
                let place = face.photoPoint(ofAligned: Point(x: Double(x), y: Double(y)))
                guard place.x > depth, place.y > depth, place.x < Double(scene.width - 1) - depth,
                    place.y < Double(scene.height - 1) - depth
                else { continue }
                #expect(difference(face.image[x, y], expected[x, y]) <= 2)
            }
        }
    }
}

@Suite("Arbitrary landmarks")
struct ArbitraryLandmarksTests {
    @Test("Any numbers give an error or a face, and a flat photo stays flat")
    func arbitrary() throws {
        let colour = RGBColour(red: 10, green: 100, blue: 200)
        let flat = RGBImage(width: 64, height: 64, filledWith: colour)
        let alignment = try FaceAlignment(size: 64)
        var state: UInt32 = 5
        func random() -> Double {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Double(state >> 8) / Double(1 << 24)
        }
        var faces = 0
        while faces < 12 {
            let (width, height) = (1 + Int(random() * 90), 1 + Int(random() * 90))
            let photo = RGBImage(width: width, height: height, filledWith: colour)
            let numbers = (0..<10).map { _ in (random() * 2 - 0.5) * Double(max(width, height)) }
            do throws(AlignmentError) {
                let face = try alignment.align(photo, landmarks: FaceLandmarks(numbers: numbers))
                #expect(face.image == flat)
                #expect(try face.paste(face.image, into: photo) == photo)
                faces += 1
            } catch {
                guard case .landmarks = error else { throw error }
            }
        }
    }
}
