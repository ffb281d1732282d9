import Alignment
import FaceData
import Foundation
import Images
import TediGAN
import Training

extension Studio {
    /// Photos as users have them, the points that the pack's network finds, and what is cut out.
    func alignment() throws -> Exhibit {
        let finder = try LandmarkFinder(pack: pack)
        let alignment = FaceAlignment(closestTo: pack.manifest.resolution, frame: finder.frame)
        let (shown, count) = (6, 60)
        var (photos, cut): ([RGBImage], [RGBImage]) = ([], [])
        var errors: [Double] = []
        for index in 0..<count {
            let scene = try Scene(index, seed: seed)
            guard let found = try? finder.find(in: scene.photo).landmarks else { continue }
            errors.append(scene.error(of: found))
            guard photos.count < shown else { continue }
            photos.append(marked(scene.photo, found))
            cut.append(try alignment.align(scene.photo, landmarks: found).image)
        }
        return try Exhibit(
            "alignment",
            rows: [
                Exhibit.Row("photos with a rendered face, and the points that the network found", photos),
                Exhibit.Row("what is cut out, framed as the pack's faces are", cut),
            ],
            numbers: [
                "photos": .integer(Int64(count)), "found": .integer(Int64(errors.count)),
                "errorOverEyesDistance": .rounded(errors.average),
                "worstErrorOverEyesDistance": .rounded(errors.max() ?? .nan),
                "frameReach": .rounded(finder.frame.reach), "frameDrop": .rounded(finder.frame.drop),
            ],
            cell: 160)
    }

    private func marked(_ photo: RGBImage, _ landmarks: FaceLandmarks) -> RGBImage {
        var photo = photo
        let numbers = landmarks.numbers
        for start in stride(from: 0, to: numbers.count, by: 2) {
            let dot = RGBImage(width: 5, height: 5, filledWith: RGBColour(red: 255, green: 0, blue: 255))
            photo.draw(dot, x: Int(numbers[start].rounded()) - 2, y: Int(numbers[start + 1].rounded()) - 2)
        }
        return photo
    }
}

/// A photo with one face somewhere in it, turned by up to 25 degrees.
private struct Scene {
    let photo: RGBImage
    private let truth: [Double]

    private static let side = 320

    init(_ index: Int, seed: UInt64) throws {
        var random = CounterRandom(seed: seed, index: index, stream: 0xA116)
        let code = FaceSampler(seed: FaceSplit.test.seed(base: seed)).parameters(of: 1_000 + index).code
        let size = 80 + Int(random.uniform() * 110)
        let turn = (random.uniform() - 0.5) * 50 * .pi / 180
        // Twice as large as the photo, which is cut out of its middle, turned.
        var wall = RGBImage(width: 2 * Self.side, height: 2 * Self.side, filledWith: .white)
        let shades = (0..<3).map { _ in 60 + 130 * random.uniform() }
        for y in 0..<wall.height {
            for x in 0..<wall.width {
                let wave = 30 * sin(Double(x) / 31) + 30 * cos(Double(y) / 47)
                let bytes = shades.map { UInt8(min(max($0 + wave, 0), 255)) }
                wall[x, y] = RGBColour(red: bytes[0], green: bytes[1], blue: bytes[2])
            }
        }
        let room = max(0, Double(Self.side) / 2 - 0.75 * Double(size))
        let place = (0..<2).map { _ in Self.side - size / 2 + Int((2 * random.uniform() - 1) * room) }
        wall.draw(try FaceRenderer.render(code, size: size).image, x: place[0], y: place[1])
        let half = Double(Self.side) / 2
        let window = FaceQuad(
            centre: Point(x: Double(Self.side), y: Double(Self.side)),
            right: Point(x: half * cos(turn), y: half * sin(turn)))
        photo = try FaceAlignment(size: Self.side).cut(window, from: wall).image
        truth = FaceRenderer.places(of: code, size: size).all.flatMap { point -> [Double] in
            let there = Point(x: Double(point.x) + Double(place[0]), y: Double(point.y) + Double(place[1]))
            let fraction = window.fraction(of: there)
            return [fraction.x * Double(Self.side) - 0.5, fraction.y * Double(Self.side) - 0.5]
        }
    }

    /// Mean distance of found points from the true ones, as a part of the eyes' distance.
    func error(of found: FaceLandmarks) -> Double {
        func length(_ x: Double, _ y: Double) -> Double { Point(x: x, y: y).length }
        let eyes = length(truth[2] - truth[0], truth[3] - truth[1])
        let ways = zip(found.numbers, truth).map { $0 - $1 }
        return stride(from: 0, to: ways.count, by: 2).map { length(ways[$0], ways[$0 + 1]) / eyes }.average
    }
}
