/// Line drawings: edges of the luma and of the mask, dark on white.
///
/// Stands in for the photocopy filter of Multi-Modal CelebA-HQ, whose network is not public.
public enum FaceSketch {
    /// Draws the lines of a square picture.
    /// - Parameters:
    ///   - pixels: `size * size * 3` bytes, RGB interleaved.
    ///   - mask: `size * size` classes.
    ///   - size: the side in pixels.
    /// - Returns: `size * size` grays, 255 where there is no line.
    public static func draw(pixels: [UInt8], mask: [UInt8], size: Int) -> [UInt8] {
        draw(pixels: pixels, mask: mask, width: size, height: size)
    }

    /// Draws the lines of any picture.
    /// - Parameters:
    ///   - pixels: `width * height * 3` bytes, RGB interleaved.
    ///   - mask: `width * height` classes, whose boundaries become lines; nil where they are not known.
    ///   - width: columns, at least 1.
    ///   - height: rows, at least 1.
    /// - Returns: `width * height` grays, 255 where there is no line.
    public static func draw(pixels: [UInt8], mask: [UInt8]?, width: Int, height: Int) -> [UInt8] {
        let area = width * height
        precondition(pixels.count == area * 3 && mask?.count ?? area == area, "buffers must match the size")
        let luma: [Float] = (0..<area).map { index in
            let red = Float(pixels[index * 3])
            let green = Float(pixels[index * 3 + 1])
            let blue = Float(pixels[index * 3 + 2])
            return 0.299 * red + 0.587 * green + 0.114 * blue
        }
        var lines = [UInt8](repeating: 255, count: area)
        for y in 0..<height {
            let rows = [max(y - 1, 0) * width, y * width, min(y + 1, height - 1) * width]
            for x in 0..<width {
                let columns = [max(x - 1, 0), x, min(x + 1, width - 1)]
                let edge = sobel(luma, rows, columns)
                let boundary: Float = mask.map { isBoundary($0, rows, columns) } == true ? 150 : 0
                lines[rows[1] + x] = 255 - UInt8(min(max(edge, boundary), 255))
            }
        }
        return lines
    }

    /// Whether another class begins to the right of the middle or below it.
    private static func isBoundary(_ mask: [UInt8], _ rows: [Int], _ columns: [Int]) -> Bool {
        let part = mask[rows[1] + columns[1]]
        return part != mask[rows[1] + columns[2]] || part != mask[rows[2] + columns[1]]
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
