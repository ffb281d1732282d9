/// Line drawings: edges of the luma and of the mask, dark on white.
///
/// Stands in for the photocopy filter of Multi-Modal CelebA-HQ, whose network is not public.
public enum FaceSketch {
    /// Draws the lines of a picture.
    /// - Parameters:
    ///   - pixels: `size * size * 3` bytes, RGB interleaved.
    ///   - mask: `size * size` classes.
    ///   - size: the side in pixels.
    /// - Returns: `size * size` grays, 255 where there is no line.
    public static func draw(pixels: [UInt8], mask: [UInt8], size: Int) -> [UInt8] {
        precondition(pixels.count == size * size * 3 && mask.count == size * size, "buffers must match the size")
        let luma: [Float] = (0..<size * size).map { index in
            let red = Float(pixels[index * 3])
            let green = Float(pixels[index * 3 + 1])
            let blue = Float(pixels[index * 3 + 2])
            return 0.299 * red + 0.587 * green + 0.114 * blue
        }
        var lines = [UInt8](repeating: 255, count: size * size)
        for y in 0..<size {
            let rows = [max(y - 1, 0) * size, y * size, min(y + 1, size - 1) * size]
            for x in 0..<size {
                let columns = [max(x - 1, 0), x, min(x + 1, size - 1)]
                let edge = sobel(luma, rows, columns)
                let part = mask[rows[1] + x]
                let boundary: Float = part != mask[rows[1] + columns[2]] || part != mask[rows[2] + x] ? 150 : 0
                lines[rows[1] + x] = 255 - UInt8(min(max(edge, boundary), 255))
            }
        }
        return lines
    }

    /// Half the length of the Sobel gradient at the middle of three rows (as offsets) and three columns.
    private static func sobel(_ luma: [Float], _ rows: [Int], _ columns: [Int]) -> Float {
        var across: Float = 0
        var down: Float = 0
        for (index, weight) in [Float(1), 2, 1].enumerated() {
            across += weight * (luma[rows[index] + columns[2]] - luma[rows[index] + columns[0]])
            down += weight * (luma[rows[2] + columns[index]] - luma[rows[0] + columns[index]])
        }
        return 0.5 * (across * across + down * down).squareRoot()
    }
}
