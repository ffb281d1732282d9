import CTurboJPEG

/// One compressor of TurboJPEG; owns it.
final class JPEGEncoder {
    /// Longest side that the library writes; the format itself ends at 65,535.
    private static let longestSide = 65_500

    private let handle: tjhandle

    init() throws(ImageError) {
        guard let handle = tjInitCompress() else { throw .codec(.jpeg, "out of memory") }
        self.handle = handle
    }

    deinit { tjDestroy(handle) }

    func encode(
        _ pixels: [UInt8], width: Int, height: Int, format: TJPF, sampling: TJSAMP, quality: Int
    ) throws(ImageError) -> [UInt8] {
        try ImageLimit(side: Self.longestSide, pixels: .max).check(width: width, height: height)
        var file: UnsafeMutablePointer<UInt8>?
        var length: UInt = 0
        defer { tjFree(file) }
        let code = tjCompress2(
            handle, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &file, &length,
            Int32(sampling.rawValue), Int32(min(max(quality, 1), 100)), TJFLAG_ACCURATEDCT)
        guard code == 0, let file else { throw .codec(.jpeg, words(of: handle)) }
        return [UInt8](UnsafeBufferPointer(start: file, count: Int(length)))
    }
}

/// One decompressor of TurboJPEG with the file it reads; owns the decompressor.
final class JPEGDecoder {
    let width: Int
    let height: Int
    /// Whether the file holds cyan, magenta, yellow and black, or what becomes these.
    let isOfInks: Bool
    private let handle: tjhandle
    private let file: [UInt8]

    init(bytes: [UInt8], limit: ImageLimit) throws(ImageError) {
        guard ImageFile.kind(of: bytes) == .jpeg else { throw .notJPEG }
        guard let handle = tjInitDecompress() else { throw .codec(.jpeg, "out of memory") }
        var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
        let code = tjDecompressHeader3(handle, bytes, UInt(bytes.count), &width, &height, &sampling, &space)
        do throws(ImageError) {
            // The library also complains of subsamplings that it has no name for, yet decodes them. Whatever else is
            // wrong keeps it from telling the size and the colours, or is met again when it decodes.
            guard code == 0 || width > 0 && height > 0 && space >= 0 else { throw .codec(.jpeg, words(of: handle)) }
            try limit.check(width: Int(width), height: Int(height))
        } catch {
            tjDestroy(handle)
            throw error
        }
        self.width = Int(width)
        self.height = Int(height)
        isOfInks = space == Int32(TJCS_CMYK.rawValue) || space == Int32(TJCS_YCCK.rawValue)
        self.handle = handle
        file = bytes
    }

    deinit { tjDestroy(handle) }

    func decode(as format: TJPF, channels: Int) throws(ImageError) -> [UInt8] {
        let length = width * height * channels
        var isWhole = false
        let pixels = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialised in
            let code = tjDecompress2(
                handle, file, UInt(file.count), buffer.baseAddress, Int32(width), 0, Int32(height),
                Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
            isWhole = code == 0 || hasOnlyBytesToSpare
            // A failed decode may leave the rest untouched; nobody may read that memory, so nothing is handed out.
            initialised = isWhole ? length : 0
        }
        guard isWhole else { throw .codec(.jpeg, words(of: handle)) }
        return pixels
    }

    /// Whether all that the library complains of is bytes between the last scan and the end, which some cameras leave.
    ///
    /// Other complaints come with a picture as well, but one that is grey or torn where the file ran out or made no
    /// sense. The library keeps the first complaint: where it is about the end, all before it was in order.
    private var hasOnlyBytesToSpare: Bool {
        tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue)
            && words(of: handle).hasSuffix("extraneous bytes before marker 0xd9")
    }
}

/// What the library says about its last failure.
private func words(of handle: tjhandle) -> String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
}
