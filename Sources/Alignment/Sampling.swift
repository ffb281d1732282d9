import Images

/// Reads a picture between its pixels; beyond the edge the edge goes on.
package struct Sampler {
    let pixels: UnsafeBufferPointer<UInt8>
    let width: Int
    let height: Int

    /// Reads RGB bytes, `width * height * 3` of them, row by row.
    package init(pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int) {
        (self.pixels, self.width, self.height) = (pixels, width, height)
    }

    /// Mixes the four pixels around a place linearly.
    @inline(__always)
    package func colour(x: Double, y: Double) -> SIMD3<Float> {
        let x = min(max(x, 0), Double(width - 1))
        let y = min(max(y, 0), Double(height - 1))
        let (left, upper) = (Int(x), Int(y))
        let (right, lower) = (min(left + 1, width - 1), min(upper + 1, height - 1))
        let (toRight, toLower) = (Float(x - Double(left)), Float(y - Double(upper)))
        let above = pixel(left, upper) + (pixel(right, upper) - pixel(left, upper)) * toRight
        let below = pixel(left, lower) + (pixel(right, lower) - pixel(left, lower)) * toRight
        return above + (below - above) * toLower
    }

    @inline(__always)
    private func pixel(_ x: Int, _ y: Int) -> SIMD3<Float> {
        let start = (y * width + x) * 3
        return SIMD3(Float(pixels[start]), Float(pixels[start + 1]), Float(pixels[start + 2]))
    }
}

extension RGBImage {
    /// Lends a sampler of this picture.
    func withSampler<Value>(_ body: (Sampler) -> Value) -> Value {
        pixels.withUnsafeBufferPointer { body(Sampler(pixels: $0, width: width, height: height)) }
    }

    /// A square of the picture as a picture of `side` by `side` pixels, bilinear, without a filter.
    func sampled(_ quad: FaceQuad, side: Int) throws(AlignmentError) -> RGBImage {
        let step = 1 / Double(side)
        let (right, down) = (quad.right * (2 * step), quad.down * (2 * step))
        let corner = quad.point(atFraction: Point(x: 0.5 * step, y: 0.5 * step))
        var result = [UInt8](repeating: 0, count: side * side * 3)
        result.withUnsafeMutableBufferPointer { result in
            withSampler { sampler in
                for row in 0..<side {
                    let start = corner + down * Double(row)
                    for column in 0..<side {
                        let place = start + right * Double(column)
                        let colour = sampler.colour(x: place.x, y: place.y) + 0.5
                        let index = (row * side + column) * 3
                        for channel in 0..<3 { result[index + channel] = UInt8(colour[channel]) }
                    }
                }
            }
        }
        return try picture(width: side, height: side, pixels: result)
    }
}
