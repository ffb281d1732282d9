import Images

extension Studio {
    /// Numbers as squares: the smallest light, the largest dark, and the smallest framed.
    static func strip(_ values: [Double], side: Int = 64, height: Int = 40) -> [RGBImage] {
        let (low, high) = (values.min() ?? 0, values.max() ?? 1)
        return values.map { value in
            tile(high > low ? (value - low) / (high - low) : 0, side: side, height: height, isFramed: value == low)
        }
    }

    /// One share as a shade, from near white (0) to dark blue (1).
    static func tile(_ share: Double, side: Int, height: Int, isFramed: Bool = false) -> RGBImage {
        let share = min(max(share, 0), 1)
        func channel(_ light: Double, _ dark: Double) -> UInt8 { UInt8(light + (dark - light) * share) }
        let shade = RGBColour(red: channel(238, 12), green: channel(243, 44), blue: channel(238, 108))
        guard isFramed else { return RGBImage(width: side, height: height, filledWith: shade) }
        var image = RGBImage(width: side, height: height, filledWith: RGBColour(red: 214, green: 84, blue: 34))
        image.draw(RGBImage(width: side - 6, height: height - 6, filledWith: shade), x: 3, y: 3)
        return image
    }
}
