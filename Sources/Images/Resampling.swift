import Glibc

/// The kernel that mixes the pixels of a picture whose size changes.
public enum ResamplingFilter: Sendable, Hashable {
    /// The Catmull-Rom cubic: crisp edges when enlarging, little overshoot.
    case catmullRom
    /// The sine cardinal in a window of three lobes: sharpest when reducing, with some overshoot at hard edges.
    case lanczos
    /// The mean of the area that a new pixel covers: no ringing, exact when reducing by a whole factor; linear when
    /// enlarging.
    case area
}

extension RGBImage {
    /// The picture in another size.
    ///
    /// Both axes are filtered; when reducing, the kernel widens with the scale, so that no pixel is skipped. A side
    /// below 1 is taken as 1.
    public func resized(
        width newWidth: Int, height newHeight: Int, filter: ResamplingFilter = .catmullRom
    ) -> RGBImage {
        let newWidth = max(newWidth, 1)
        let newHeight = max(newHeight, 1)
        guard newWidth != width || newHeight != height else { return self }
        let columns = Taps(from: width, to: newWidth, filter: filter)
        let rows = Taps(from: height, to: newHeight, filter: filter)
        let wide = filterRows(columns, newWidth: newWidth)
        var result = RGBImage(width: newWidth, height: newHeight, filledWith: .black)
        result.fill(from: wide, taps: rows)
        return result
    }

    /// The picture in another size, each pixel the one of the old ones that its middle lies in.
    ///
    /// No colour comes of it that was not there. A side below 1 is taken as 1.
    public func sampled(width newWidth: Int, height newHeight: Int) -> RGBImage {
        let (newWidth, newHeight) = (max(newWidth, 1), max(newHeight, 1))
        guard newWidth != width || newHeight != height else { return self }
        let columns = (0..<newWidth).map { (2 * $0 + 1) * width / (2 * newWidth) * 3 }
        var result = RGBImage(width: newWidth, height: newHeight, filledWith: .black)
        result.withPixels { target in
            pixels.withUnsafeBufferPointer { source in
                var to = 0
                for y in 0..<newHeight {
                    let row = (2 * y + 1) * height / (2 * newHeight) * width * 3
                    for column in columns {
                        for channel in 0..<3 { target[to + channel] = source[row + column + channel] }
                        to += 3
                    }
                }
            }
        }
        return result
    }

    /// The picture enlarged by a whole factor without smoothing: every pixel becomes a square.
    public func enlarged(by factor: Int) -> RGBImage {
        let factor = max(factor, 1)
        var result = RGBImage(width: width * factor, height: height * factor, filledWith: .black)
        for y in 0..<result.height {
            for x in 0..<result.width {
                result[x, y] = self[x / factor, y / factor]
            }
        }
        return result
    }

    /// The picture reduced by a whole factor: every pixel is the mean of a square of the old ones.
    ///
    /// Where the factor does not divide a side, the last squares are cut off at the edge and count what they hold.
    public func reduced(by factor: Int) -> RGBImage {
        guard factor > 1 else { return self }
        let (newWidth, newHeight) = ((width + factor - 1) / factor, (height + factor - 1) / factor)
        var result = RGBImage(width: newWidth, height: newHeight, filledWith: .black)
        var sums = [Int](repeating: 0, count: newWidth * 3)
        result.withPixels { target in
            pixels.withUnsafeBufferPointer { source in
                for y in 0..<newHeight {
                    let rows = y * factor..<min((y + 1) * factor, height)
                    for index in sums.indices { sums[index] = 0 }
                    for row in rows {
                        for x in 0..<width {
                            let (from, to) = ((row * width + x) * 3, x / factor * 3)
                            for channel in 0..<3 { sums[to + channel] += Int(source[from + channel]) }
                        }
                    }
                    for x in 0..<newWidth {
                        let count = rows.count * (min((x + 1) * factor, width) - x * factor)
                        for index in x * 3..<x * 3 + 3 {
                            target[y * newWidth * 3 + index] = UInt8((sums[index] + count / 2) / count)
                        }
                    }
                }
            }
        }
        return result
    }

    /// Filters along x; the result holds `height * newWidth * 3` values.
    private func filterRows(_ taps: Taps, newWidth: Int) -> [Float] {
        var out = [Float](repeating: 0, count: height * newWidth * 3)
        out.withUnsafeMutableBufferPointer { out in
            pixels.withUnsafeBufferPointer { source in
                // Row by row: large pictures do not fit the cache, and columns would fetch each row once per tap.
                for y in 0..<height {
                    let row = y * width
                    for x in 0..<newWidth {
                        var sum = SIMD3<Float>.zero
                        for tap in taps.range(of: x) {
                            let from = (row + taps.index[tap]) * 3
                            let colour = SIMD3(Float(source[from]), Float(source[from + 1]), Float(source[from + 2]))
                            sum += taps.weight[tap] * colour
                        }
                        let to = (y * newWidth + x) * 3
                        for channel in 0..<3 { out[to + channel] = sum[channel] }
                    }
                }
            }
        }
        return out
    }

    /// Filters along y from rows of this picture's width, and rounds to bytes.
    private mutating func fill(from wide: [Float], taps: Taps) {
        let stride = width * 3
        let height = height
        var line = [Float](repeating: 0, count: stride)
        withPixels { target in
            wide.withUnsafeBufferPointer { source in
                line.withUnsafeMutableBufferPointer { line in
                    for y in 0..<height {
                        line.update(repeating: 0)
                        for tap in taps.range(of: y) {
                            let (from, weight) = (taps.index[tap] * stride, taps.weight[tap])
                            for x in 0..<stride { line[x] += weight * source[from + x] }
                        }
                        for x in 0..<stride {
                            target[y * stride + x] = UInt8(min(max(line[x] + 0.5, 0), 255))
                        }
                    }
                }
            }
        }
    }
}

/// For each target position the source positions it draws from, and their weights, which sum to 1.
private struct Taps {
    let width: Int
    private(set) var index: [Int] = []
    private(set) var weight: [Float] = []

    init(from source: Int, to target: Int, filter: ResamplingFilter) {
        let scale = Float(source) / Float(target)
        let stretch = max(scale, 1)
        let reach: Float =
            switch filter {
            case .catmullRom: 2
            case .lanczos: 3
            case .area: 0.5 + 0.5 / stretch
            }
        width = Int((2 * reach * stretch).rounded(.up)) + 1
        for position in 0..<target {
            let centre = (Float(position) + 0.5) * scale - 0.5
            let first = Int((centre - reach * stretch).rounded(.up))
            var weights: [Float] = []
            for tap in 0..<width {
                let distance = (Float(first + tap) - centre) / stretch
                let share =
                    switch filter {
                    case .catmullRom: Self.cubic(distance)
                    case .lanczos: Self.lanczos(distance)
                    case .area: Self.overlap(distance * stretch, width: stretch)
                    }
                weights.append(share)
                index.append(min(max(first + tap, 0), source - 1))
            }
            let total = weights.reduce(0, +)
            weight += weights.map { $0 / total }
        }
    }

    /// The taps of one target position.
    func range(of position: Int) -> Range<Int> {
        position * width..<(position + 1) * width
    }

    /// The Catmull-Rom kernel, zero outside -2...2.
    private static func cubic(_ x: Float) -> Float {
        let x = abs(x)
        guard x < 2 else { return 0 }
        guard x >= 1 else { return (1.5 * x - 2.5) * x * x + 1 }
        return ((-0.5 * x + 2.5) * x - 4) * x + 2
    }

    /// How much of a pixel at a distance lies in an interval of some width, at least 1, about 0.
    private static func overlap(_ distance: Float, width: Float) -> Float {
        min(max(0.5 * width + 0.5 - abs(distance), 0), 1)
    }

    /// The Lanczos kernel of three lobes, zero outside -3...3.
    private static func lanczos(_ x: Float) -> Float {
        let x = abs(x)
        guard x < 3 else { return 0 }
        // Closer to 0 the quotient loses its digits.
        guard x > 1e-4 else { return 1 }
        let angle = x * .pi
        return 3 * sinf(angle) * sinf(angle / 3) / (angle * angle)
    }
}
