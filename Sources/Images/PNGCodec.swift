import CSPNG
import Glibc

/// One encoder context of libspng; owns it.
final class PNGEncoder {
    private let context: OpaquePointer

    init() throws(ImageError) {
        context = try newContext(flags: Int32(SPNG_CTX_ENCODER.rawValue))
    }

    deinit { spng_ctx_free(context) }

    func encode(
        _ pixels: [UInt8], width: Int, height: Int, colour: spng_color_type, options: PNG.Options
    ) throws(ImageError) -> [UInt8] {
        // The format's own limit; also keeps the conversions below in range.
        guard width <= Int(Int32.max), height <= Int(Int32.max) else { throw .tooLarge(width: width, height: height) }
        try check(spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1))
        try check(spng_set_option(context, SPNG_IMG_COMPRESSION_LEVEL, Int32(options.level)))
        try check(spng_set_option(context, SPNG_FILTER_CHOICE, Int32(options.filter.choice.rawValue)))
        var header = spng_ihdr()
        header.width = UInt32(width)
        header.height = UInt32(height)
        header.bit_depth = 8
        header.color_type = UInt8(colour.rawValue)
        try check(spng_set_ihdr(context, &header))
        try check(
            spng_encode_image(
                context, pixels, pixels.count, Int32(SPNG_FMT_PNG.rawValue), Int32(SPNG_ENCODE_FINALIZE.rawValue)))
        return try takeBuffer()
    }

    /// Copies the encoded file out of the buffer that the library hands over, and frees that.
    private func takeBuffer() throws(ImageError) -> [UInt8] {
        var length = 0
        var code: Int32 = 0
        guard let buffer = spng_get_png_buffer(context, &length, &code) else { throw failure(code) }
        defer { free(buffer) }
        return [UInt8](UnsafeRawBufferPointer(start: buffer, count: length))
    }
}

/// One decoder context of libspng with the file it reads; owns both.
final class PNGDecoder {
    let width: Int
    let height: Int
    private let context: OpaquePointer
    private let file: UnsafeMutableRawBufferPointer
    private let header: spng_ihdr

    init(bytes: [UInt8], limit: ImageLimit) throws(ImageError) {
        guard ImageFile.kind(of: bytes) == .png else { throw .notPNG }
        let context = try newContext(flags: 0)
        // The library keeps the pointer until it is freed, so the bytes need an address of their own.
        let file = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        file.copyBytes(from: bytes)
        do {
            header = try Self.readHeader(context, file: file, limit: limit)
        } catch {
            spng_ctx_free(context)
            file.deallocate()
            throw error
        }
        width = Int(header.width)
        height = Int(header.height)
        self.context = context
        self.file = file
    }

    deinit {
        spng_ctx_free(context)
        file.deallocate()
    }

    /// Whether the file holds one channel without alpha of at most 8 bits.
    var isPlainGray: Bool {
        header.color_type == UInt8(SPNG_COLOR_TYPE_GRAYSCALE.rawValue) && header.bit_depth <= 8
    }

    /// Bits of a channel, or of a number in a palette.
    var bits: Int { Int(header.bit_depth) }

    func decode(as format: spng_format) throws(ImageError) -> [UInt8] {
        var length = 0
        try check(spng_decoded_image_size(context, Int32(format.rawValue), &length))
        var code: Int32 = 0
        let pixels = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialised in
            code = spng_decode_image(context, buffer.baseAddress, length, Int32(format.rawValue), 0)
            // A failed decode may leave the rest untouched; nobody may read that memory, so nothing is handed out.
            initialised = code == 0 ? length : 0
        }
        try check(code)
        // The library stops at the last pixel; the rest of the file has checksums that want to be seen as well.
        try check(spng_decode_chunks(context))
        return pixels
    }

    /// How the picture has to be turned; known once it is decoded, for this may stand at the end of the file.
    var orientation: Orientation {
        var exif = spng_exif()
        guard spng_get_exif(context, &exif) == 0, let data = exif.data else { return .upright }
        // The library owns the bytes until the context is freed.
        let block = [UInt8](UnsafeRawBufferPointer(start: data, count: exif.length))
        return Exif.orientation(inBlock: block[...])
    }

    private static func readHeader(
        _ context: OpaquePointer, file: UnsafeMutableRawBufferPointer, limit: ImageLimit
    ) throws(ImageError) -> spng_ihdr {
        // Text and profile chunks are not read by us; a file may carry some, not fill the memory with them.
        try check(spng_set_chunk_limits(context, 16 << 20, 64 << 20))
        try check(spng_set_png_buffer(context, file.baseAddress, file.count))
        var header = spng_ihdr()
        try check(spng_get_ihdr(context, &header))
        try limit.check(width: Int(header.width), height: Int(header.height))
        return header
    }
}

private func newContext(flags: Int32) throws(ImageError) -> OpaquePointer {
    guard let context = spng_ctx_new(flags) else { throw .codec(.png, "out of memory") }
    return context
}

private func check(_ code: Int32) throws(ImageError) {
    guard code == 0 else { throw failure(code) }
}

private func failure(_ code: Int32) -> ImageError {
    guard code != SPNG_IO_EOF.rawValue else { return .codec(.png, "it ends too early") }
    return .codec(.png, spng_strerror(code).map { String(cString: $0) } ?? "error \(code)")
}
