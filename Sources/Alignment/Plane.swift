import Images

/// One channel of a picture in 256ths of a level, so that sums are whole numbers and no rounding adds up.
struct Plane {
    /// What one level counts.
    static let unit: Float = 256

    let width: Int
    let height: Int
    private(set) var values: [UInt16]

    /// The channel of a picture, with the columns and rows chosen from it.
    init(of image: RGBImage, channel: Int, columns: [Int], rows: [Int]) {
        (width, height) = (columns.count, rows.count)
        let count = width * height
        values = image.pixels.withUnsafeBufferPointer { pixels in
            [UInt16](unsafeUninitializedCapacity: count) { values, initialised in
                for row in rows {
                    for column in columns {
                        values[initialised] = UInt16(pixels[(row * image.width + column) * 3 + channel]) << 8
                        initialised += 1
                    }
                }
            }
        }
    }

    /// The value that lies in the middle of all, in 256ths of a level.
    var median: Float {
        var histogram = [Int](repeating: 0, count: 1 << 16)
        histogram.withUnsafeMutableBufferPointer { histogram in
            for value in values { histogram[Int(value)] += 1 }
        }
        var below = 0
        for (value, count) in histogram.enumerated() {
            below += count
            if below * 2 >= values.count { return Float(value) }
        }
        return 0
    }

    /// Goes towards another plane of the same size by a weight of 0 to 1.
    mutating func mix(_ other: Plane, weight: (_ x: Int, _ y: Int) -> Float) {
        let (width, height) = (width, height)
        values.withUnsafeMutableBufferPointer { values in
            other.values.withUnsafeBufferPointer { other in
                for y in 0..<height {
                    for x in 0..<width {
                        let index = y * width + x
                        let (old, new) = (Float(values[index]), Float(other[index]))
                        values[index] = UInt16(old + (new - old) * weight(x, y) + 0.5)
                    }
                }
            }
        }
    }

    /// Blurred nearly as by a Gaussian, with the edge repeated outwards.
    ///
    /// Three running means whose variances sum up to the Gaussian's stand in for it: their cost does not grow with the
    /// blur, which reaches 80 pixels here.
    func blurred(deviation: Double) -> Plane {
        let radii = Self.radii(deviation)
        guard radii.contains(where: { $0 > 0 }) else { return self }
        var (result, spare) = (self, self)
        for radius in radii {
            result.averageRows(radius, into: &spare)
            spare.averageColumns(radius, into: &result)
        }
        return result
    }

    /// Radii of three means, equal or one apart, that come closest to a deviation.
    ///
    /// The variance of a mean over 2r + 1 pixels is r (r + 1) / 3.
    static func radii(_ deviation: Double) -> [Int] {
        let variance = deviation * deviation
        let small = Int(((1 + 4 * variance).squareRoot() - 1) / 2)
        // One radius more adds 2 (r + 1) / 3 of variance.
        let lacking = variance - Double(small * (small + 1))
        let larger = Int((lacking * 1.5 / Double(small + 1)).rounded())
        return (0..<3).map { $0 < larger ? small + 1 : small }
    }

    private func averageRows(_ radius: Int, into target: inout Plane) {
        let scale = 1 / Float(2 * radius + 1)
        let (width, last) = (width, width - 1)
        values.withUnsafeBufferPointer { source in
            target.values.withUnsafeMutableBufferPointer { target in
                for start in stride(from: 0, to: source.count, by: width) {
                    var sum: Int32 = 0
                    for x in -radius...radius { sum += Int32(source[start + min(max(x, 0), last)]) }
                    for x in 0..<width {
                        target[start + x] = UInt16(Float(sum) * scale + 0.5)
                        sum += Int32(source[start + min(x + radius + 1, last)])
                        sum -= Int32(source[start + max(x - radius, 0)])
                    }
                }
            }
        }
    }

    private func averageColumns(_ radius: Int, into target: inout Plane) {
        let scale = 1 / Float(2 * radius + 1)
        let (width, last) = (width, height - 1)
        var sums = [Int32](repeating: 0, count: width)
        values.withUnsafeBufferPointer { source in
            target.values.withUnsafeMutableBufferPointer { target in
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in -radius...radius {
                        let row = min(max(y, 0), last) * width
                        for x in 0..<width { sums[x] += Int32(source[row + x]) }
                    }
                    for y in 0...last {
                        let (enters, leaves) = (min(y + radius + 1, last) * width, max(y - radius, 0) * width)
                        for x in 0..<width {
                            target[y * width + x] = UInt16(Float(sums[x]) * scale + 0.5)
                            sums[x] += Int32(source[enters + x]) - Int32(source[leaves + x])
                        }
                    }
                }
            }
        }
    }
}
