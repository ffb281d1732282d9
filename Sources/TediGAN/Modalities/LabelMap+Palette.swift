extension LabelMap {
    /// How far each channel of a colour may be from the palette's.
    ///
    /// Any two colours of the palette differ by 51 or more in some channel, so at most one is this near. That suffices
    /// for the noise of lossy files inside of a region, not for colours mixed at its boundary.
    public static let tolerance = 24

    /// A map from a picture in the data set's colours, see ``FaceRegion/colour``.
    ///
    /// A colour that is not the palette's is taken for the one within ``tolerance``.
    ///
    /// - Parameter palette: `width * height * 3` bytes, red, green and blue of each pixel.
    /// - Throws: `TediGANError.invalid` for a wrong size, and for a colour far from all, which it tells with the place.
    public init(width: Int, height: Int, palette: [UInt8]) throws(TediGANError) {
        try PictureSize.check("a coloured label map", width: width, height: height, channels: 3, count: palette.count)
        var ids = [UInt8](repeating: 0, count: width * height)
        var last = FaceRegion.background
        for place in ids.indices {
            let colour = SIMD3(palette[place * 3], palette[place * 3 + 1], palette[place * 3 + 2])
            // Regions are wide, so the colour is mostly that of the pixel before.
            if colour != last.colour {
                guard let region = Self.region(near: colour) else {
                    throw .invalid(
                        "the colour (\(colour.x), \(colour.y), \(colour.z)) at column \(place % width), row "
                            + "\(place / width) is none of the label map's palette; save it without smoothing")
                }
                last = region
            }
            ids[place] = last.rawValue
        }
        self.init(width: width, height: height, checked: ids)
    }

    /// The map in the data set's colours: `width * height * 3` bytes, red, green and blue of each pixel.
    public var paletteBytes: [UInt8] {
        let colours = Self.regions.map(\.colour)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * 3)
        for id in ids {
            let colour = colours[Int(id)]
            bytes.append(colour.x)
            bytes.append(colour.y)
            bytes.append(colour.z)
        }
        return bytes
    }

    private static func region(near colour: SIMD3<UInt8>) -> FaceRegion? {
        regions.first { region in
            let distance = SIMD3<Int16>(truncatingIfNeeded: colour) &- SIMD3<Int16>(truncatingIfNeeded: region.colour)
            return max(abs(distance.x), abs(distance.y), abs(distance.z)) <= tolerance
        }
    }
}
