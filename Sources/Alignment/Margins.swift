import Images

/// What is put around the part of a photo that a square needs, where the photo ends too early.
struct Margins {
    /// The part of the photo that is kept.
    let columns: Range<Int>
    let rows: Range<Int>

    /// Pixels added on each side, all positive.
    let left: Int
    let right: Int
    let top: Int
    let bottom: Int

    var width: Int { left + columns.count + right }
    var height: Int { top + rows.count + bottom }

    /// Nil where the square keeps 4 pixels away from the photo's edge, so that nothing need be added.
    ///
    /// The part kept is the square with a border of a tenth of its side. If anything is added, then on every side at
    /// least 0.3 of the square's side, so that the blur has room to grow.
    init?(around quad: FaceQuad, in photo: RGBImage) {
        let border = max(Int((quad.side * 0.1).rounded(.toNearestOrEven)), 3)
        let wanted = quad.bounds(border: border)
        columns = wanted.columns.clamped(to: 0..<photo.width)
        rows = wanted.rows.clamped(to: 0..<photo.height)
        let missing = [
            columns.lowerBound - wanted.columns.lowerBound, wanted.columns.upperBound - columns.upperBound,
            rows.lowerBound - wanted.rows.lowerBound, wanted.rows.upperBound - rows.upperBound,
        ]
        guard missing.contains(where: { $0 > border - 4 }) else { return nil }
        let least = Int((quad.side * 0.3).rounded(.toNearestOrEven))
        (left, right) = (max(missing[0], least), max(missing[1], least))
        (top, bottom) = (max(missing[2], least), max(missing[3], least))
    }

    /// For each column of the result its distance from the edge, in units of that side's margin.
    var columnDepths: [Float] { Self.depths(before: left, inside: columns.count, after: right) }

    /// The same for rows.
    var rowDepths: [Float] { Self.depths(before: top, inside: rows.count, after: bottom) }

    /// For each column of the result the one of the photo that it shows.
    var columnSources: [Int] { Self.sources(before: left, inside: columns, after: right) }

    /// The same for rows.
    var rowSources: [Int] { Self.sources(before: top, inside: rows, after: bottom) }

    private static func depths(before: Int, inside: Int, after: Int) -> [Float] {
        let count = before + inside + after
        return (0..<count).map { min(Float($0) / Float(before), Float(count - 1 - $0) / Float(after)) }
    }

    /// Mirrors at the first and last pixel, without repeating them, and to and fro where the margin is wider.
    private static func sources(before: Int, inside: Range<Int>, after: Int) -> [Int] {
        let period = max(2 * (inside.count - 1), 1)
        return (-before..<inside.count + after).map { place in
            let phase = ((place % period) + period) % period
            return inside.lowerBound + min(phase, period - phase, inside.count - 1)
        }
    }
}

extension RGBImage {
    /// The kept part of the picture with margins that begin as its mirror image and end as a flat colour.
    ///
    /// A third of a margin's width inside of the old edge the blur sets in; at the old edge it is full. From there
    /// outwards the margin fades to the median of each channel, which it reaches at the very edge.
    ///
    /// - Parameter blur: standard deviation in pixels.
    func continued(by margins: Margins, blur: Double) throws(AlignmentError) -> RGBImage {
        let (depthsX, depthsY) = (margins.columnDepths, margins.rowDepths)
        let (sourcesX, sourcesY) = (margins.columnSources, margins.rowSources)
        let (width, height) = (margins.width, margins.height)
        var result = [UInt8](repeating: 0, count: width * height * 3)
        for channel in 0..<3 {
            var plane = Plane(of: self, channel: channel, columns: sourcesX, rows: sourcesY)
            plane.mix(plane.blurred(deviation: blur)) { x, y in
                min(max(4 - 3 * min(depthsX[x], depthsY[y]), 0), 1)
            }
            let median = plane.median
            result.withUnsafeMutableBufferPointer { result in
                plane.values.withUnsafeBufferPointer { values in
                    for y in 0..<height {
                        for x in 0..<width {
                            let weight = min(max(1 - min(depthsX[x], depthsY[y]), 0), 1)
                            let value = Float(values[y * width + x])
                            let faded = (value + (median - value) * weight) / Plane.unit
                            result[(y * width + x) * 3 + channel] = UInt8(faded + 0.5)
                        }
                    }
                }
            }
        }
        return try picture(width: width, height: height, pixels: result)
    }
}
