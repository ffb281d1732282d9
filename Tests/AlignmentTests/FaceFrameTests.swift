import Alignment
import Images
import Testing

@Suite("Frames and search windows")
struct FaceFrameTests {
    @Test("Another frame moves and widens the square")
    func square() throws {
        let scene = Scene(angle: 20)
        let wide = try FaceQuad(scene.landmarks, frame: FaceFrame(reach: 1.25, drop: 0.3))
        // FFHQ's half is 2 units of the scene and its middle 0.1 below the eyes.
        #expect(abs(wide.side - 2 * 2 * 1.25 * scene.unit) < 1e-9)
        #expect((wide.centre - scene.photo(0, 0.3)).length < 1e-9)
        let face = try FaceAlignment(size: 64, frame: FaceFrame(reach: 1.25, drop: 0.3))
            .align(scene.image, landmarks: scene.landmarks)
        #expect(face.quad == wide)
        #expect(try FaceQuad(scene.landmarks) == FaceQuad(scene.landmarks, frame: .ffhq))
    }

    @Test("The frame of aligned pictures is found from their points")
    func measured() throws {
        let frame = try FaceFrame(reach: 1.2, drop: -0.1)
        let scene = Scene(angle: -35)
        let face = try FaceAlignment(size: 128, frame: frame).align(scene.image, landmarks: scene.landmarks)
        let numbers = try scene.landmarks.numbers
        let moved = stride(from: 0, to: numbers.count, by: 2).flatMap { start -> [Double] in
            let place = face.alignedPoint(ofPhoto: Point(x: numbers[start], y: numbers[start + 1]))
            return [place.x, place.y]
        }
        let found = try FaceFrame(of: [FaceLandmarks(numbers: moved)], side: 128)
        #expect(abs(found.reach - 1.2) < 1e-9 && abs(found.drop + 0.1) < 1e-9)
    }

    @Test("Frames of no face are refused", arguments: [(0.1, 0.0), (5, 0), (1, 3), (.nan, 0), (1, .infinity)])
    func refused(reach: Double, drop: Double) {
        #expect(throws: AlignmentError.self) { try FaceFrame(reach: reach, drop: drop) }
    }

    @Test("Points grow with their picture")
    func scaled() throws {
        let small = try Scene().landmarks
        let large = try small.scaled(by: (x: 2, y: 2))
        #expect(abs(large.leftEye.x - (2 * small.leftEye.x + 0.5)) < 1e-9)
        #expect(abs(FaceQuad(large).side - 2 * FaceQuad(small).side) < 1e-9)
        #expect(throws: AlignmentError.self) { try small.scaled(by: (x: 0.01, y: 0.01)) }
    }

    @Test(
        "Windows hold the photo, overlap by half, and shrink to an eighth",
        arguments: [(512, 512, 284), (1_000, 600, 172), (200, 512, 116), (64, 64, 1), (37, 500, 26), (1, 1, 1)])
    func windows(width: Int, height: Int, count: Int) throws {
        // Red tells the column and green the row, as parts of the photo.
        var photo = RGBImage(width: width, height: height, filledWith: .black)
        for y in 0..<height {
            for x in 0..<width {
                photo[x, y] = RGBColour(red: UInt8(255 * x / width), green: UInt8(255 * y / height), blue: 9)
            }
        }
        let search = try SearchWindows(of: photo, side: 64)
        let (picture, all) = (search.picture, search.all)
        #expect(picture.width == min(width, width * 512 / max(width, height, 512)))
        #expect(all.count <= count && all.count > count / 2)
        let longer = Double(max(picture.width, picture.height))
        #expect(all.last?.quad.side == longer)
        for window in all {
            #expect(window.image.width == 64 && window.image.height == 64)
            let middle = window.quad.centre
            // Where a pixel is a small step only.
            guard min(picture.width, picture.height) >= 64, middle.x >= 8, middle.y >= 8,
                middle.x < Double(picture.width - 8), middle.y < Double(picture.height - 8)
            else { continue }
            let (seen, there) = (window.image[32, 32], picture[Int(middle.x.rounded()), Int(middle.y.rounded())])
            #expect(abs(Int(seen.red) - Int(there.red)) <= 8 && abs(Int(seen.green) - Int(there.green)) <= 8)
        }
        for side in Set(all.map(\.quad.side)) {
            let windows = all.map(\.quad).filter { $0.side == side }
            // No place of the photo is further than a quarter of the side from the middle of some window, along each
            // axis, but at its rim.
            for place in stride(from: 0.0, through: 1, by: 0.05) {
                let x = side / 2 + place * max(0, Double(picture.width) - side) - 0.5
                let y = side / 2 + place * max(0, Double(picture.height) - side) - 0.5
                let near = windows.contains { window in
                    let reach = side / 4 + side / 64
                    return (abs(window.centre.x - x) <= reach || Double(picture.width) <= side)
                        && (abs(window.centre.y - y) <= reach || Double(picture.height) <= side)
                }
                #expect(near)
            }
        }
    }
}
