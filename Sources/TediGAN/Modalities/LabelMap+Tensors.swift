public import Torch

extension LabelMap {
    /// How a label map changes its size.
    public enum Resizing: Sendable, Hashable {
        /// The region of the pixel at the middle of the new one: the right way.
        case nearest
        /// Numbers mixed as if they were brightness, as pSp and TediGAN do before they split them into channels.
        ///
        /// Between two regions this invents regions whose numbers lie between theirs: an eyebrow (6) beside skin (1)
        /// is framed by noses, glasses and eyes. The published networks were trained with such maps, so this is what
        /// to give them for their published results. Pillow's bilinear filter on bytes, exact to the number.
        case published
    }

    /// The map in another size; a map of this size already stays as it is.
    ///
    /// - Throws: `TediGANError.invalid` for sides outside of 1...8192.
    public func resized(
        width newWidth: Int, height newHeight: Int, _ resizing: Resizing = .nearest
    ) throws(TediGANError) -> LabelMap {
        try PictureSize.check("a label map", width: newWidth, height: newHeight)
        switch resizing {
        case .published:
            // A mean of numbers lies between the least and the greatest, so every number stays a class.
            let bytes = ByteImage(width: width, height: height, channels: 1, bytes: ids)
                .filtered(width: newWidth, height: newHeight)
            return LabelMap(width: newWidth, height: newHeight, checked: bytes)
        case .nearest:
            // (x + 1/2) * width / newWidth, rounded down, in whole numbers.
            let columns = (0..<newWidth).map { (2 * $0 + 1) * width / (2 * newWidth) }
            var result: [UInt8] = []
            result.reserveCapacity(newWidth * newHeight)
            for y in 0..<newHeight {
                let row = (2 * y + 1) * height / (2 * newHeight) * width
                for column in columns { result.append(ids[row + column]) }
            }
            return LabelMap(width: newWidth, height: newHeight, checked: result)
        }
    }

    /// One channel for each region, 1 where the pixel belongs to it and 0 elsewhere: [1, 19, height, width].
    ///
    /// - Throws: `TediGANError.invalid` for sides above 2048, which should be resized before.
    public func oneHot(dtype: DType = .float32, device: Device = .cpu) throws(TediGANError) -> Tensor {
        try PictureSize.check(
            "a label map for a network", width: width, height: height, longest: PictureSize.longestTensorSide)
        let area = width * height
        var values = [Float](repeating: 0, count: Self.regions.count * area)
        for (place, id) in ids.enumerated() {
            values[Int(id) * area + place] = 1
        }
        return try computing { () throws(TorchError) in
            try Tensor(values, shape: [1, Self.regions.count, height, width], dtype: dtype, device: device)
        }
    }
}
