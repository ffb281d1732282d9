import CSPNG

/// Reads and writes PNG files.
///
/// The bytes written depend on the pixels and the options only, never on the moment or the machine's load.
public enum PNG {
    /// How hard to compress.
    public struct Options: Sendable, Equatable {
        /// Level of zlib, 0 (store) to 9 (smallest).
        public var level: Int

        /// How each row is predicted before it is compressed.
        public var filter: Filter

        /// Options; a level outside 0 to 9 is moved to the nearer end.
        public init(level: Int = 2, filter: Filter = .sub) {
            self.level = min(max(level, 0), 9)
            self.filter = filter
        }

        /// Fast, and right for pictures of faces: level 2 with the filter SUB.
        public static let fast = Options()

        /// Small files: level 9, the best filter of each row.
        public static let small = Options(level: 9, filter: .adaptive)
    }

    /// A predictor of rows.
    public enum Filter: Sendable, Equatable {
        /// Bytes as they are: right for masks, whose values are class numbers.
        case none
        /// Difference to the pixel on the left.
        case sub
        /// Difference to the pixel above.
        case up
        /// For each row the one that promises the smallest result.
        case adaptive

        var choice: spng_filter_choice {
            switch self {
            case .none: SPNG_FILTER_CHOICE_NONE
            case .sub: SPNG_FILTER_CHOICE_SUB
            case .up: SPNG_FILTER_CHOICE_UP
            case .adaptive: SPNG_FILTER_CHOICE_ALL
            }
        }
    }

    /// Encodes a colour picture.
    public static func encode(_ image: RGBImage, level: Int) throws(ImageError) -> [UInt8] {
        try encode(image, options: Options(level: level))
    }

    /// Encodes a colour picture.
    public static func encode(_ image: RGBImage, options: Options = .fast) throws(ImageError) -> [UInt8] {
        try PNGEncoder().encode(
            image.pixels, width: image.width, height: image.height, colour: SPNG_COLOR_TYPE_TRUECOLOR, options: options)
    }

    /// Encodes a picture of one channel.
    public static func encode(
        _ image: GrayImage, options: Options = Options(level: 2, filter: .none)
    ) throws(ImageError) -> [UInt8] {
        try PNGEncoder().encode(
            image.pixels, width: image.width, height: image.height, colour: SPNG_COLOR_TYPE_GRAYSCALE, options: options)
    }

    /// Decodes any valid PNG to 8 bits per channel, turned upright as its Exif orientation says, if it has one.
    ///
    /// Palettes, 16-bit and interlaced files are converted. Transparency is dropped and colours stay as stored; gamma
    /// and colour profiles are not applied. Of an animation it is the picture that programs show which know of none.
    public static func decode(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> RGBImage {
        let decoder = try PNGDecoder(bytes: bytes, limit: limit)
        let pixels = try decoder.decode(as: SPNG_FMT_RGB8)
        let raster = Raster(width: decoder.width, height: decoder.height, channels: 3, pixels: pixels)
            .upright(from: decoder.orientation)
        return try RGBImage(width: raster.width, height: raster.height, pixels: raster.pixels)
    }

    /// Decodes any valid PNG to one channel; colour becomes brightness (ITU-R BT.601 weights).
    public static func decodeGray(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> GrayImage {
        let decoder = try PNGDecoder(bytes: bytes, limit: limit)
        if decoder.isPlainGray {
            let pixels = try decoder.decode(as: SPNG_FMT_G8)
            let raster = Raster(width: decoder.width, height: decoder.height, channels: 1, pixels: pixels)
                .upright(from: decoder.orientation)
            return try GrayImage(width: raster.width, height: raster.height, pixels: raster.pixels)
        }
        return try decode(bytes, limit: limit).brightness
    }
}
