/// How stored rows and columns have to be turned to stand upright; the numbers are those of Exif.
enum Orientation: Int, CaseIterable {
    /// As stored.
    case upright = 1
    /// Left and right exchanged.
    case mirrored
    /// Turned by half a turn.
    case upsideDown
    /// Top and bottom exchanged.
    case flipped
    /// Rows and columns exchanged.
    case transposed
    /// To be turned clockwise by a quarter.
    case onLeftSide
    /// Rows and columns exchanged, then turned by half a turn.
    case transversed
    /// To be turned anticlockwise by a quarter.
    case onRightSide

    /// Whether a stored row becomes a column.
    var exchangesSides: Bool { rawValue >= 5 }

    /// Whether the upright picture begins with the last stored column.
    var startsRight: Bool { [.mirrored, .upsideDown, .transversed, .onRightSide].contains(self) }

    /// Whether the upright picture begins with the last stored row.
    var startsBelow: Bool { [.upsideDown, .flipped, .onLeftSide, .transversed].contains(self) }
}

/// Interleaved pixels on their way from a decoder to a picture.
struct Raster: Equatable {
    var width: Int
    var height: Int
    var channels: Int
    /// `width * height * channels` bytes, rows from top to bottom.
    var pixels: [UInt8]

    /// The picture upright, whose pixels are stored in this orientation.
    func upright(from orientation: Orientation) -> Raster {
        guard orientation != .upright else { return self }
        // In the stored pixels: where the upright picture begins, and how far it is from there to its next column and
        // to its next row.
        let start =
            (orientation.startsRight ? width - 1 : 0) + (orientation.startsBelow ? (height - 1) * width : 0)
        let alongRow = orientation.startsRight ? -1 : 1
        let alongColumn = orientation.startsBelow ? -width : width
        let (nextColumn, nextRow) =
            orientation.exchangesSides ? (alongColumn, alongRow) : (alongRow, alongColumn)
        let (columns, rows) = orientation.exchangesSides ? (height, width) : (width, height)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, initialised in
            pixels.withUnsafeBufferPointer { source in
                var next = 0
                for row in 0..<rows {
                    var from = (start + row * nextRow) * channels
                    for _ in 0..<columns {
                        for channel in 0..<channels { target[next + channel] = source[from + channel] }
                        next += channels
                        from += nextColumn * channels
                    }
                }
            }
            initialised = pixels.count
        }
        return Raster(width: columns, height: rows, channels: channels, pixels: turned)
    }
}
