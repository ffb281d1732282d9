import CTurboJPEG

/// Reads and writes JPEG files.
///
/// Files are decoded with the exact inverse transform and smooth upsampling of colour, so that the pixels depend on the
/// file only.
public enum JPEG {
    /// Encodes a colour picture.
    ///
    /// Colour keeps its full resolution (4:4:4): faces in small pictures are made of few pixels.
    ///
    /// - Parameters:
    ///   - image: The picture; sides up to 65,500, the library's limit.
    ///   - quality: 1 (smallest) to 100 (nearest to the picture), on the scale of the Independent JPEG Group; a number
    ///     outside is moved to the nearer end.
    public static func encode(_ image: RGBImage, quality: Int = 95) throws(ImageError) -> [UInt8] {
        try JPEGEncoder().encode(
            image.pixels, width: image.width, height: image.height, format: TJPF_RGB, sampling: TJSAMP_444,
            quality: quality)
    }

    /// Encodes a picture of one channel, see ``encode(_:quality:)-(RGBImage,_)``.
    public static func encode(_ image: GrayImage, quality: Int = 95) throws(ImageError) -> [UInt8] {
        try JPEGEncoder().encode(
            image.pixels, width: image.width, height: image.height, format: TJPF_GRAY, sampling: TJSAMP_GRAY,
            quality: quality)
    }

    /// Decodes a JPEG file, turned upright as its Exif orientation says.
    ///
    /// Grayscale, YCbCr of any subsampling and RGB are read, baseline or progressive. Four inks (CMYK, or YCCK, which
    /// is brought to CMYK first) are taken as stored inverted, which is Adobe's way and that of nearly all such files:
    /// 255 is no ink, and each of red, green and blue is its ink times black, divided by 255 and rounded. Colour
    /// profiles are not applied.
    ///
    /// Beside the picture, a progressive file takes memory of two bytes for each sample while it is read.
    ///
    /// - Throws: ``ImageError/notJPEG``; ``ImageError/tooLarge(width:height:)``, before memory is taken for pixels; and
    ///   ``ImageError/codec(_:_:)`` for a file that is damaged, cut short, of more than 500 scans, or of a kind that
    ///   the library does not read, such as 12 bits per channel.
    public static func decode(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> RGBImage {
        let decoder = try JPEGDecoder(bytes: bytes, limit: limit)
        let pixels =
            if decoder.isOfInks {
                light(throughInks: try decoder.decode(as: TJPF_CMYK, channels: 4))
            } else {
                try decoder.decode(as: TJPF_RGB, channels: 3)
            }
        let raster = Raster(width: decoder.width, height: decoder.height, channels: 3, pixels: pixels)
            .upright(from: Exif.orientation(inJPEG: bytes))
        return try RGBImage(width: raster.width, height: raster.height, pixels: raster.pixels)
    }

    /// Decodes a JPEG file to one channel: the stored luma, or for RGB and inks the brightness (ITU-R BT.601 weights).
    ///
    /// Otherwise as ``decode(_:limit:)``.
    public static func decodeGray(_ bytes: [UInt8], limit: ImageLimit = .standard) throws(ImageError) -> GrayImage {
        let decoder = try JPEGDecoder(bytes: bytes, limit: limit)
        if decoder.isOfInks { return try decode(bytes, limit: limit).brightness }
        let raster = Raster(
            width: decoder.width, height: decoder.height, channels: 1,
            pixels: try decoder.decode(as: TJPF_GRAY, channels: 1)
        )
        .upright(from: Exif.orientation(inJPEG: bytes))
        return try GrayImage(width: raster.width, height: raster.height, pixels: raster.pixels)
    }

    /// Red, green and blue of cyan, magenta, yellow and black that are stored inverted.
    private static func light(throughInks inks: [UInt8]) -> [UInt8] {
        let count = inks.count / 4
        return [UInt8](unsafeUninitializedCapacity: count * 3) { buffer, initialised in
            for pixel in 0..<count {
                let black = Int(inks[pixel * 4 + 3])
                for channel in 0..<3 {
                    buffer[pixel * 3 + channel] = UInt8((Int(inks[pixel * 4 + channel]) * black + 127) / 255)
                }
            }
            initialised = count * 3
        }
    }
}
