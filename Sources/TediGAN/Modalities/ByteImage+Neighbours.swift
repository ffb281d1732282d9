extension ByteImage {
    /// OpenCV's bilinear resizing: the four pixels around the place, however much the picture shrinks.
    ///
    /// Reducing to exactly a half is OpenCV's own exception: there each pixel is the mean of four.
    func interpolated(width newWidth: Int, height newHeight: Int) -> [UInt8] {
        guard newWidth != width || newHeight != height else { return bytes }
        if width == 2 * newWidth, height == 2 * newHeight { return halved() }
        let columns = (0..<newWidth).map { Neighbours(of: $0, from: width, to: newWidth, pinned: true) }
        let rows = (0..<newHeight).map { Neighbours(of: $0, from: height, to: newHeight, pinned: false) }
        var result: [UInt8] = []
        result.reserveCapacity(newWidth * newHeight * channels)
        for row in rows {
            for column in columns {
                for channel in 0..<channels {
                    func mixed(_ y: Int) -> Int {
                        let left = Int(bytes[(y * width + column.first) * channels + channel])
                        let right = Int(bytes[(y * width + column.second) * channels + channel])
                        return (left * column.firstWeight + right * column.secondWeight) >> 4
                    }
                    let upper = (mixed(row.first) * row.firstWeight) >> 16
                    let lower = (mixed(row.second) * row.secondWeight) >> 16
                    result.append(UInt8(clamping: (upper + lower + 2) >> 2))
                }
            }
        }
        return result
    }

    private func halved() -> [UInt8] {
        let stride = width * channels
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 4)
        for y in 0..<height / 2 {
            for x in 0..<width / 2 {
                for channel in 0..<channels {
                    let start = 2 * y * stride + 2 * x * channels + channel
                    let above = Int(bytes[start]) + Int(bytes[start + channels])
                    let below = Int(bytes[start + stride]) + Int(bytes[start + stride + channels])
                    result.append(UInt8((above + below + 2) / 4))
                }
            }
        }
        return result
    }
}

/// The two source positions around a target position, and their weights in units of 2^-11.
private struct Neighbours {
    let first: Int
    let second: Int
    let firstWeight: Int
    let secondWeight: Int

    /// - Parameter pinned: whether beyond the outermost middles the weight goes to one pixel, as OpenCV does along
    ///   rows; along columns it mixes the pixel with itself, which rounds differently.
    init(of position: Int, from source: Int, to target: Int, pinned: Bool) {
        let place = Float((Double(position) + 0.5) * (Double(source) / Double(target)) - 0.5)
        let lower = place.rounded(.down)
        var part = place - lower
        if pinned, lower < 0 || Int(lower) >= source - 1 { part = 0 }
        first = min(max(Int(lower), 0), source - 1)
        second = min(max(Int(lower) + 1, 0), source - 1)
        firstWeight = Int(((1 - part) * 2048).rounded(.toNearestOrEven))
        secondWeight = Int((part * 2048).rounded(.toNearestOrEven))
    }
}
