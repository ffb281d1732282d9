import Alignment
import FaceData
import Foundation

/// A small square picture of imagined photos.
struct SceneCanvas {
    private let side: Int
    private var colours: [SIMD3<Float>]

    /// A black square.
    init(side: Int) {
        self.side = side
        colours = [SIMD3<Float>](repeating: SIMD3(), count: side * side)
    }

    /// RGB bytes, row by row.
    var bytes: [UInt8] {
        colours.flatMap { colour in
            let bounded = (colour + 0.5).clamped(lowerBound: SIMD3(), upperBound: SIMD3(repeating: 255))
            return [UInt8(bounded.x), UInt8(bounded.y), UInt8(bounded.z)]
        }
    }

    /// Paints every pixel that has a colour at its place, given as parts of the side.
    mutating func paint(_ colour: (_ u: Double, _ v: Double) -> SIMD3<Float>?) {
        let unit = 1 / Double(side)
        for row in 0..<side {
            for column in 0..<side {
                if let value = colour((Double(column) + 0.5) * unit, (Double(row) + 0.5) * unit) {
                    colours[row * side + column] = value
                }
            }
        }
    }

    /// Paints one of several patterns in random colours: plain, a gradient, waves, stripes, blotches.
    mutating func paintPattern(_ random: inout CounterRandom) {
        let (first, second) = (Self.colour(&random), Self.colour(&random))
        let angle = 2 * Double.pi * random.uniform()
        let (x, y) = (cos(angle), sin(angle))
        switch random.next() % 5 {
        case 0: paint { _, _ in first }
        case 1: paint { u, v in first + (second - first) * Float(0.5 + (u - 0.5) * x + (v - 0.5) * y) }
        case 2:
            let waves = 6 + 50 * random.uniform()
            paint { u, v in first + (second - first) * Float(0.5 + 0.25 * (sin(waves * u * x) + cos(waves * v * y))) }
        case 3:
            let stripes = 3 + 20 * random.uniform()
            paint { u, v in Int((stripes * (u * x + v * y)).rounded(.down)) % 2 == 0 ? first : second }
        default:
            let cells = 2 + Int(random.next() % 14)
            let blotches = (0..<cells * cells * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            blotches.withUnsafeBufferPointer { blotches in
                paint { u, v in Self.sample(blotches, size: cells, x: u, y: v) }
            }
        }
    }

    /// Light, contrast, tint and grain of a camera; some photos are gray.
    mutating func develop(_ random: inout CounterRandom) {
        let normal = random.normals(5)
        let contrast = exp(0.2 * normal[0])
        let light = 127.5 + 20 * normal[1]
        let tint = SIMD3<Float>(normal[2], normal[3], normal[4]) * 8
        let grain = Float(random.uniform() * 10)
        let isGray = random.uniform() < 0.1
        for index in colours.indices {
            var colour = (colours[index] - 127.5) * contrast + light + tint
            if isGray { colour = SIMD3(repeating: (colour * SIMD3(0.299, 0.587, 0.114)).sum()) }
            colours[index] = colour + grain * (Float(random.uniform()) - 0.5)
        }
    }

    /// The colour of a square picture at a place given as parts of its side, mixed of four pixels.
    static func sample(_ source: UnsafeBufferPointer<UInt8>, size: Int, x: Double, y: Double) -> SIMD3<Float> {
        Sampler(pixels: source, width: size, height: size)
            .colour(x: x * Double(size) - 0.5, y: y * Double(size) - 0.5)
    }

    private static func colour(_ random: inout CounterRandom) -> SIMD3<Float> {
        SIMD3(Float(random.uniform()), Float(random.uniform()), Float(random.uniform())) * 255
    }
}
