import Alignment
import FaceData
import Foundation
import Perception

/// A square of a photo as the landmark network sees it, and what it should say.
struct LandmarkExample {
    /// RGB bytes, row by row.
    var pixels: [UInt8]
    /// The five points as parts of the square, x and y in turn.
    var places: [Float]
    /// Whether the points can be seen, all of them.
    var showsPlaces: Bool
    /// 1 where there is a face, 0 where there is none; nil where either answer is right.
    var presence: Float?
}

/// Squares of imagined photos: rendered faces, turned, of all sizes and cut off, before backgrounds of any kind.
///
/// Half of the squares are close looks, as the second round of a search takes them, half are those of the first round.
/// Every example is a pure function of (seed, index).
struct LandmarkScenes {
    private let seed: UInt64
    /// The same faces at sides of 128, 64 and 32 pixels: one that is shown small would flicker if it were sampled from
    /// a large picture.
    private let pictures: [FaceDataset]
    private let landmarks: [FaceLandmarks]
    /// How the pictures frame their faces.
    let frame: FaceFrame

    private static let largest = 128
    private static let side = LandmarkNetwork.side

    /// Draws the faces; blocks until done.
    init(split: FaceSplit, seed: UInt64, count: Int, threads: Int) throws {
        self.seed = split.seed(base: seed) &+ 0x1A2D
        pictures = [Self.largest, Self.largest / 2, Self.largest / 4].map { size in
            FaceDataset(split: split, seed: seed, count: count, size: size, threads: threads)
        }
        landmarks = try pictures[0].faces.map { face in
            let places = FaceRenderer.places(of: face.code, size: Self.largest).all
            return try FaceLandmarks(numbers: places.flatMap { [Double($0.x), Double($0.y)] })
        }
        frame = try FaceFrame(of: landmarks, side: Self.largest)
    }

    /// One example.
    /// - Parameters:
    ///   - index: which one.
    ///   - isClose: whether it is a close look; either if nil.
    func example(_ index: Int, isClose: Bool? = nil) -> LandmarkExample {
        var random = CounterRandom(seed: seed, index: index)
        let close = random.uniform() < 0.5
        let view = View(close: isClose ?? close, random: &random)
        var canvas = SceneCanvas(side: Self.side)
        paintBackground(on: &canvas, &random)
        guard isClose != nil || random.uniform() > 0.2 else {
            canvas.develop(&random)
            return LandmarkExample(
                pixels: canvas.bytes, places: [Float](repeating: 0, count: 10), showsPlaces: false, presence: 0)
        }
        if random.uniform() < 0.12 {
            // Somebody smaller in the background; the largest face is the one to find.
            let other = View(beside: view, random: &random)
            paintFace(Int(random.next() % UInt64(landmarks.count)), seen: other, on: &canvas, &random)
        }
        let face = Int(random.next() % UInt64(landmarks.count))
        let window = paintFace(face, seen: view, on: &canvas, &random)
        canvas.develop(&random)
        return labelled(canvas.bytes, landmarks[face].numbers, in: window, fraction: view.fraction)
    }

    private func labelled(
        _ pixels: [UInt8], _ numbers: [Double], in window: FaceQuad, fraction: Double
    ) -> LandmarkExample {
        var places: [Float] = []
        var hidden = 0
        for start in stride(from: 0, to: numbers.count, by: 2) {
            let place = window.fraction(of: Point(x: numbers[start], y: numbers[start + 1]))
            places += [Float(place.x), Float(place.y)]
            if !(0.03...0.97).contains(place.x) || !(0.03...0.97).contains(place.y) { hidden += 1 }
        }
        // Between a face and none there are some of which it does not matter what they are taken for.
        let presence: Float? =
            if hidden > 1 || fraction < 0.2 { 0 } else if hidden == 1 || fraction < 0.3 { nil } else { 1 }
        return LandmarkExample(pixels: pixels, places: places, showsPlaces: hidden == 0, presence: presence)
    }

    /// Paints a face as a view shows it.
    /// - Returns: the square of the face's picture of 128 pixels that is seen.
    @discardableResult
    private func paintFace(
        _ face: Int, seen view: View, on canvas: inout SceneCanvas, _ random: inout CounterRandom
    ) -> FaceQuad {
        let window = view.window(on: FaceQuad(landmarks[face]))
        // Pixels of the picture to one of the square; sometimes a coarser picture than needed, for blurred photos.
        var level = 0
        var density = window.side / Double(Self.side)
        if random.uniform() < 0.15 { density *= 2 }
        while density > 1.5, level < pictures.count - 1 { (level, density) = (level + 1, density / 2) }
        let size = pictures[level].size
        // Beyond its edge a photo is continued by its mirror image, as a search continues it.
        let isMirrored = view.fraction > 0.6 && random.uniform() < 0.6
        let unit = 1 / Double(Self.largest)
        pictures[level].withPicture(face) { source in
            canvas.paint { u, v in
                let place = window.point(atFraction: Point(x: u, y: v))
                var (x, y) = ((place.x + 0.5) * unit, (place.y + 0.5) * unit)
                if isMirrored { (x, y) = (Self.mirrored(x), Self.mirrored(y)) }
                guard (0...1).contains(x), (0...1).contains(y) else { return nil }
                return SceneCanvas.sample(source, size: size, x: x, y: y)
            }
        }
        return window
    }

    private static func mirrored(_ x: Double) -> Double { x < 0 ? -x : x > 1 ? 2 - x : x }

    private func paintBackground(on canvas: inout SceneCanvas, _ random: inout CounterRandom) {
        guard random.uniform() < 0.2 else { return canvas.paintPattern(&random) }
        // A part of a face, so close that it is none.
        let face = Int(random.next() % UInt64(landmarks.count))
        let size = pictures[0].size
        let (left, top) = (random.uniform() * 0.8, random.uniform() * 0.8)
        let width = 0.08 + 0.12 * random.uniform()
        pictures[0].withPicture(face) { source in
            canvas.paint { u, v in
                SceneCanvas.sample(source, size: size, x: left + width * u, y: top + width * v)
            }
        }
    }

    /// How a face lies in a square.
    private struct View {
        /// Side of FFHQ's square as a part of the seen one.
        var fraction: Double
        /// By how much the face is turned, in radians.
        var roll: Double
        /// Where its middle lies, from the middle of the seen square, as parts of its side.
        var shift: Point

        init(close: Bool, random: inout CounterRandom) {
            let normal = random.normals(4).map(Double.init)
            if close {
                fraction = 0.8 * exp(0.15 * normal[0])
                roll = 0.08 * normal[1]
                shift = Point(x: 0.05 * normal[2], y: 0.05 * normal[3])
            } else {
                fraction = 0.2 * exp(log(1.7 / 0.2) * random.uniform())
                roll = 0.55 * (2 * random.uniform() - 1)
                shift = Point(x: 0.7 * (random.uniform() - 0.5), y: 0.7 * (random.uniform() - 0.5))
            }
        }

        /// A smaller face somewhere else.
        init(beside view: View, random: inout CounterRandom) {
            fraction = view.fraction * (0.25 + 0.4 * random.uniform())
            roll = 0.5 * (2 * random.uniform() - 1)
            shift = Point(x: random.uniform() - 0.5, y: random.uniform() - 0.5)
        }

        /// The seen square, in the pixels of the picture in which FFHQ's square is `quad`.
        func window(on quad: FaceQuad) -> FaceQuad {
            let (sine, cosine) = (sin(-roll), cos(-roll))
            let right = Point(
                x: (quad.right.x * cosine - quad.right.y * sine) / fraction,
                y: (quad.right.x * sine + quad.right.y * cosine) / fraction)
            let turned = FaceQuad(centre: quad.centre, right: right)
            return FaceQuad(
                centre: turned.point(atFraction: Point(x: 0.5 - shift.x, y: 0.5 - shift.y)), right: right)
        }
    }
}
