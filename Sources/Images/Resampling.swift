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
                for x in 0..<newWidth {
                    for tap in taps.range(of: x) {
                        let (at, weight) = (taps.index[tap], taps.weight[tap])
                        for y in 0..<height {
                            let (from, to) = ((y * width + at) * 3, (y * newWidth + x) * 3)
                            out[to] += weight * Float(source[from])
                            out[to + 1] += weight * Float(source[from + 1])
                            out[to + 2] += weight * Float(source[from + 2])
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
}
