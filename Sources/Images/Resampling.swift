extension RGBImage {
    /// The picture in another size.
    ///
    /// Both axes are filtered with the Catmull-Rom cubic, which keeps edges crisp when enlarging; when reducing, the
    /// kernel widens with the scale, so that no pixel is skipped. A side below 1 is taken as 1.
    public func resized(width newWidth: Int, height newHeight: Int) -> RGBImage {
        let newWidth = max(newWidth, 1)
        let newHeight = max(newHeight, 1)
        guard newWidth != width || newHeight != height else { return self }
        let columns = Taps(from: width, to: newWidth)
        let rows = Taps(from: height, to: newHeight)
        let wide = filterRows(columns, newWidth: newWidth)
        var result = RGBImage(width: newWidth, height: newHeight, filledWith: .black)
        result.fill(from: wide, taps: rows)
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

    /// Filters along x; the result holds `height * newWidth * 3` values.
    private func filterRows(_ taps: Taps, newWidth: Int) -> [Float] {
        var out = [Float](repeating: 0, count: height * newWidth * 3)
        out.withUnsafeMutableBufferPointer { out in
            pixels.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    for x in 0..<newWidth {
                        for channel in 0..<3 {
                            var sum: Float = 0
                            for tap in 0..<taps.width {
                                let at = taps.index[x * taps.width + tap]
                                sum += taps.weight[x * taps.width + tap] * Float(source[(y * width + at) * 3 + channel])
                            }
                            out[(y * newWidth + x) * 3 + channel] = sum
                        }
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
        withPixels { target in
            wide.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    for x in 0..<stride {
                        var sum: Float = 0
                        for tap in 0..<taps.width {
                            sum +=
                                taps.weight[y * taps.width + tap]
                                * source[taps.index[y * taps.width + tap] * stride + x]
                        }
                        target[y * stride + x] = UInt8(min(max(sum.rounded(), 0), 255))
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

    init(from source: Int, to target: Int) {
        let scale = Float(source) / Float(target)
        let stretch = max(scale, 1)
        width = Int((4 * stretch).rounded(.up)) + 1
        for position in 0..<target {
            let centre = (Float(position) + 0.5) * scale - 0.5
            let first = Int((centre - 2 * stretch).rounded(.up))
            var weights: [Float] = []
            for tap in 0..<width {
                weights.append(Self.cubic((Float(first + tap) - centre) / stretch))
                index.append(min(max(first + tap, 0), source - 1))
            }
            let total = weights.reduce(0, +)
            weight += weights.map { $0 / total }
        }
    }

    /// The Catmull-Rom kernel, zero outside -2...2.
    private static func cubic(_ x: Float) -> Float {
        let x = abs(x)
        guard x < 2 else { return 0 }
        guard x >= 1 else { return (1.5 * x - 2.5) * x * x + 1 }
        return ((-0.5 * x + 2.5) * x - 4) * x + 2
    }
}
