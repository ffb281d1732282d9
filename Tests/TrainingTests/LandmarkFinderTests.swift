import Alignment
import FaceData
import Foundation
import Images
import TediGAN
import Testing
import Training

/// The demo pack's network on photos that are put together of rendered faces, so that every point is known.
@Suite("Faces are found in photos")
struct LandmarkFinderTests {
    private static func finder() throws -> LandmarkFinder {
        let resources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Resources")
        return try LandmarkFinder(pack: ModelPack(opening: resources.appendingPathComponent("Packs/demo-64").path))
    }

    /// A face of a photo: which one, where its picture's corner lies, and its side in pixels.
    private struct Placed {
        var face: Int
        var x = 0
        var y = 0
        var side = 128

        var code: FaceCode { FaceSampler(seed: FaceSplit.test.seed(base: 77)).parameters(of: face).code }

        var landmarks: FaceLandmarks {
            get throws {
                let places = FaceRenderer.places(of: code, size: side).all
                return try FaceLandmarks(
                    numbers: places.flatMap { [Double($0.x) + Double(x), Double($0.y) + Double(y)] })
            }
        }
    }

    /// Faces before a wall that gets darker downwards.
    private static func photo(width: Int, height: Int, _ faces: [Placed]) throws -> RGBImage {
        var photo = RGBImage(width: width, height: height, filledWith: .white)
        for y in 0..<height {
            let shade = UInt8(200 - 120 * y / height)
            for x in 0..<width { photo[x, y] = RGBColour(red: shade, green: shade / 2 + 60, blue: 255 - shade) }
        }
        for face in faces {
            photo.draw(try FaceRenderer.render(face.code, size: face.side).image, x: face.x, y: face.y)
        }
        return photo
    }

    /// Mean distance of the points as a part of the eyes' distance.
    private static func error(_ found: FaceLandmarks, _ truth: FaceLandmarks) -> Double {
        let eyes = (truth.rightEye - truth.leftEye).length
        let pairs = zip(found.numbers, truth.numbers).map { $0 - $1 }
        let distances = stride(from: 0, to: pairs.count, by: 2).map { Point(x: pairs[$0], y: pairs[$0 + 1]).length }
        return distances.reduce(0, +) / Double(distances.count) / eyes
    }

    @Test(
        "A face anywhere in a photo, large or small, is found to a tenth of its eyes' distance",
        arguments: [
            (64, 64, 0, 0, 64), (300, 300, 0, 0, 300), (400, 300, 20, 90, 200), (640, 480, 400, 60, 160),
            (500, 900, 120, 500, 320), (1_600, 1_200, 900, 200, 480), (800, 800, 300, 500, 128),
        ])
    func places(width: Int, height: Int, x: Int, y: Int, side: Int) throws {
        let finder = try Self.finder()
        var errors: [Double] = []
        for face in 0..<4 {
            let placed = Placed(face: 10 * x + face, x: x, y: y, side: side)
            let found = try finder.find(in: Self.photo(width: width, height: height, [placed]))
            #expect(found.confidence > 0.5)
            errors.append(Self.error(found.landmarks, try placed.landmarks))
        }
        #expect(errors.allSatisfy { $0 < 0.2 }, "\(errors)")
        #expect(errors.reduce(0, +) / 4 < 0.1, "\(errors)")
    }

    @Test("A turned face is found and comes out upright", arguments: [-25.0, 25])
    func turned(angle: Double) throws {
        let finder = try Self.finder()
        let placed = Placed(face: 3, x: 250, y: 200, side: 200)
        let upright = try Self.photo(width: 700, height: 600, [placed])
        let turn = angle * .pi / 180
        let window = FaceQuad(centre: Point(x: 350, y: 300), right: Point(x: 250 * cos(turn), y: 250 * sin(turn)))
        let photo = try FaceAlignment(size: 500).cut(window, from: upright).image
        let numbers = try placed.landmarks.numbers
        let truth = try FaceLandmarks(
            numbers: stride(from: 0, to: numbers.count, by: 2).flatMap { start -> [Double] in
                let place = window.fraction(of: Point(x: numbers[start], y: numbers[start + 1]))
                return [place.x * 500 - 0.5, place.y * 500 - 0.5]
            })
        #expect(Self.error(try finder.find(in: photo).landmarks, truth) < 0.12)
    }

    @Test("Of two faces the larger one is taken, in whichever order they stand")
    func largest() throws {
        let finder = try Self.finder()
        for (near, far) in [(40, 380), (300, 60)] {
            let faces = [Placed(face: 1, x: near, y: 80, side: 220), Placed(face: 2, x: far, y: 30, side: 100)]
            let found = try finder.find(in: Self.photo(width: 560, height: 320, faces))
            #expect(Self.error(found.landmarks, try faces[0].landmarks) < 0.12)
        }
    }

    @Test("A photo without a face is refused in words")
    func none() throws {
        let finder = try Self.finder()
        for (width, height) in [(640, 480), (64, 64), (3, 500)] {
            let error = #expect(throws: TediGANError.self) {
                try finder.find(in: Self.photo(width: width, height: height, []))
            }
            #expect(error?.description.contains("no face was found") == true)
        }
        let huge = RGBImage(width: 9_000, height: 2, filledWith: .white)
        #expect(throws: TediGANError.self) { try finder.find(in: huge) }
    }

    @Test("What is cut out stands as the pack's own faces do")
    func framed() throws {
        let finder = try Self.finder()
        var (across, down) = (0.0, 0.0)
        let count = 12
        for face in 0..<count {
            let placed = Placed(face: 50 + face, x: 200, y: 100, side: 256)
            let photo = try Self.photo(width: 700, height: 500, [placed])
            let aligned = try FaceAlignment(size: 64, frame: finder.frame)
                .align(photo, landmarks: finder.find(in: photo).landmarks)
            // The renderer draws the middle of the eyes at the middle of its picture, give or take a twentieth.
            let truth = try placed.landmarks
            let eyes = aligned.alignedPoint(ofPhoto: (truth.leftEye + truth.rightEye) * 0.5)
            across += eyes.x / Double(count)
            down += eyes.y / Double(count)
            #expect(abs(aligned.quad.side / 256 - 1) < 0.2)
        }
        #expect(abs(across - 31.5) < 2 && abs(down - 31.5) < 3)
    }
}
