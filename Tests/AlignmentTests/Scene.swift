import Alignment
import Glibc
import Images

/// A photo whose every colour is known in the face's own frame, so that what the aligned picture shows is known too.
///
/// The frame's origin is the middle between the eyes and its unit the distance of the eyes; the mouth lies one unit
/// below. The recipe then cuts out -2...2 across and -1.9...2.1 down, however the face lies in the photo.
struct Scene {
    enum Paint {
        /// One colour.
        case flat
        /// Linear in the frame.
        case ramp
        /// Curved in the frame.
        case waves
    }

    var width = 300
    var height = 300
    var origin = Point(x: 149.3, y: 139.8)
    var unit = 40.0
    /// Clockwise as one sees it, in degrees.
    var angle = 0.0
    var paint = Paint.ramp

    var landmarks: FaceLandmarks {
        get throws {
            try FaceLandmarks(
                leftEye: photo(-0.5, 0), rightEye: photo(0.5, 0), nose: photo(0, 0.5), leftMouth: photo(-0.4, 1),
                rightMouth: photo(0.4, 1))
        }
    }

    /// All 68 points of the same face; those that the recipe does not use lie somewhere in it.
    var numbers68: [Double] {
        var points = (0..<68).map { photo(cos(Double($0)), sin(Double($0))) }
        for corner in 0..<6 {
            let turn = Double(corner) * .pi / 3
            points[36 + corner] = photo(-0.5 + 0.12 * cos(turn), 0.05 * sin(turn))
            points[42 + corner] = photo(0.5 + 0.12 * cos(turn), 0.05 * sin(turn))
        }
        (points[30], points[48], points[54]) = (photo(0, 0.5), photo(-0.4, 1), photo(0.4, 1))
        return points.flatMap { [$0.x, $0.y] }
    }

    /// A place of the frame in the photo.
    func photo(_ u: Double, _ v: Double) -> Point {
        let turn = angle * .pi / 180
        return Point(
            x: origin.x + (u * cos(turn) - v * sin(turn)) * unit, y: origin.y + (u * sin(turn) + v * cos(turn)) * unit)
    }

    var image: RGBImage {
        let turn = angle * .pi / 180
        let (cosine, sine) = (cos(turn) / unit, sin(turn) / unit)
        var image = RGBImage(width: width, height: height, filledWith: .black)
        for y in 0..<height {
            for x in 0..<width {
                let (dx, dy) = (Double(x) - origin.x, Double(y) - origin.y)
                image[x, y] = colour(dx * cosine + dy * sine, dy * cosine - dx * sine)
            }
        }
        return image
    }

    /// What the aligned picture must show.
    func aligned(_ size: Int) -> RGBImage {
        var image = RGBImage(width: size, height: size, filledWith: .black)
        for y in 0..<size {
            for x in 0..<size {
                let (u, v) = ((Double(x) + 0.5) / Double(size), (Double(y) + 0.5) / Double(size))
                image[x, y] = colour(4 * u - 2, 4 * v - 1.9)
            }
        }
        return image
    }

    private func colour(_ u: Double, _ v: Double) -> RGBColour {
        func byte(_ value: Double) -> UInt8 { UInt8(min(max(value + 0.5, 0), 255)) }
        switch paint {
        case .flat: return RGBColour(red: 201, green: 150, blue: 90)
        case .ramp: return RGBColour(red: byte(128 + 15 * u), green: byte(120 + 15 * v), blue: byte(130 + 8 * (u - v)))
        case .waves:
            return RGBColour(
                red: byte(128 + 80 * sin(1.2 * u + 0.6 * v)), green: byte(128 + 80 * cos(v - 0.4 * u)),
                blue: byte(128 + 60 * sin(u) * cos(v)))
        }
    }
}

/// The greatest difference of two pictures of one size in any channel, leaving out a rim.
func difference(_ a: RGBImage, _ b: RGBImage, rim: Int = 0) -> Int {
    guard a.width == b.width, a.height == b.height else { return 256 }
    var most = 0
    for y in rim..<a.height - rim {
        for x in rim..<a.width - rim { most = max(most, difference(a[x, y], b[x, y])) }
    }
    return most
}

/// The greatest difference of two colours in any channel.
func difference(_ a: RGBColour, _ b: RGBColour) -> Int {
    max(abs(Int(a.red) - Int(b.red)), abs(Int(a.green) - Int(b.green)), abs(Int(a.blue) - Int(b.blue)))
}
