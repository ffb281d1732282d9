/// Interleaved bytes whose size changes by the whole-number arithmetic of the published pipelines.
///
/// Networks that were trained on pictures resized by one library see slightly other pictures from another. Results
/// here are those of Pillow and OpenCV to the byte.
struct ByteImage {
    let width: Int
    let height: Int
    let channels: Int
    let bytes: [UInt8]

    /// Pillow's bilinear filter: a triangle that widens when reducing, so that no pixel is skipped.
    ///
    /// Columns first, rounded to bytes, then rows; an axis that keeps its length is left alone.
    func filtered(width newWidth: Int, height newHeight: Int) -> [UInt8] {
        var current = self
        if newWidth != width {
            current = current.filteredRows(Triangle(from: width, to: newWidth))
        }
        if newHeight != height {
            current = current.filteredColumns(Triangle(from: height, to: newHeight))
        }
        return current.bytes
    }

    private func filteredRows(_ triangle: Triangle) -> ByteImage {
        let newWidth = triangle.taps.count
        var result = [UInt8](repeating: 0, count: newWidth * height * channels)
        for y in 0..<height {
            for (x, tap) in triangle.taps.enumerated() {
                for channel in 0..<channels {
                    var sum = Triangle.half
                    for (index, weight) in tap.weights.enumerated() {
                        sum += weight * Int32(bytes[(y * width + tap.first + index) * channels + channel])
                    }
                    result[(y * newWidth + x) * channels + channel] = Triangle.byte(sum)
                }
            }
        }
        return ByteImage(width: newWidth, height: height, channels: channels, bytes: result)
    }

    private func filteredColumns(_ triangle: Triangle) -> ByteImage {
        let newHeight = triangle.taps.count
        let stride = width * channels
        var result = [UInt8](repeating: 0, count: stride * newHeight)
        for (y, tap) in triangle.taps.enumerated() {
            for x in 0..<stride {
                var sum = Triangle.half
                for (index, weight) in tap.weights.enumerated() {
                    sum += weight * Int32(bytes[(tap.first + index) * stride + x])
                }
                result[y * stride + x] = Triangle.byte(sum)
            }
        }
        return ByteImage(width: width, height: newHeight, channels: channels, bytes: result)
    }
}

/// For each target position the source positions that Pillow's bilinear filter mixes, and their weights.
private struct Triangle {
    struct Tap {
        var first: Int
        /// In units of 2^-22; their sum is nearly 1.
        var weights: [Int32]
    }

    static let half: Int32 = 1 << 21
    let taps: [Tap]

    init(from source: Int, to target: Int) {
        let scale = Double(source) / Double(target)
        let reach = max(scale, 1)
        taps = (0..<target).map { position in
            let centre = (Double(position) + 0.5) * scale
            let first = max(Int(centre - reach + 0.5), 0)
            let end = min(Int(centre + reach + 0.5), source)
            let weights = (first..<end).map { max(1 - abs((Double($0) - centre + 0.5) * (1 / reach)), 0) }
            let total = weights.reduce(0, +)
            return Tap(first: first, weights: weights.map { Int32(0.5 + $0 / total * 4_194_304) })
        }
    }

    static func byte(_ sum: Int32) -> UInt8 {
        UInt8(clamping: sum >> 22)
    }
}
