public import Images
import TediGAN
public import Torch

/// Pictures side by side, for a person's eyes.
public enum PictureGrid {
    /// Interleaves lists of pictures [N, 3, r, r]: `columns` of the first list, below them the same of the second,
    /// and so on.
    public static func rows(_ lists: [Tensor], columns: Int) throws -> RGBImage {
        guard let first = lists.first, first.shape.count == 4 else {
            throw TrainingError("a grid needs at least one list of pictures")
        }
        let (count, size) = (first.shape[0], first.shape[2])
        let strips = (count + columns - 1) / columns
        let pad = 2
        var grid = RGBImage(
            width: columns * (size + pad) + pad, height: strips * lists.count * (size + pad) + pad, filledWith: .white)
        for (line, list) in lists.enumerated() {
            let bytes = try list.detached().imageBytes()
            for index in 0..<count {
                let area = size * size * 3
                let face = try RGBImage(
                    width: size, height: size, pixels: Array(bytes[index * area..<(index + 1) * area]))
                let row = index / columns * lists.count + line
                grid.draw(face, x: pad + index % columns * (size + pad), y: pad + row * (size + pad))
            }
        }
        return grid
    }
}
