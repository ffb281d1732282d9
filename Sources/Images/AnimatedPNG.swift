/// Writes animations as PNG files, which any browser plays; programs that know of no animation show the first picture.
///
/// Every picture keeps each of its pixels as it was.
///
/// Source: Portable Network Graphics (PNG) Specification, third edition, sections 5.3 (chunks) and 11.3.2 (animation).
public enum AnimatedPNG {
    /// Longest time that a picture can be shown, in milliseconds.
    public static let longestDelay = 65_535

    /// Encodes pictures of one size as an animation.
    ///
    /// - Parameters:
    ///   - frames: The pictures, in order.
    ///   - milliseconds: How long each is shown, up to ``longestDelay``.
    ///   - plays: How often; 0 for without end.
    ///   - options: How each picture is compressed.
    /// - Throws: As ``joining(_:milliseconds:plays:)``.
    public static func encode(
        _ frames: [RGBImage], milliseconds: Int, plays: Int = 0, options: PNG.Options = .fast
    ) throws(ImageError) -> [UInt8] {
        var files: [[UInt8]] = []
        for frame in frames { files.append(try PNG.encode(frame, options: options)) }
        return try joining(files, milliseconds: milliseconds, plays: plays)
    }

    /// Joins PNG files of equal form (size, channels and bits) into an animation, without decoding them.
    ///
    /// - Throws: ``ImageError/codec(_:_:)`` where there is no file, where one differs from the first in form, or where
    ///   one is damaged.
    public static func joining(
        _ files: [[UInt8]], milliseconds: Int, plays: Int = 0
    ) throws(ImageError) -> [UInt8] {
        guard let first = files.first else { throw .codec(.png, "an animation has at least one picture") }
        let header = try PNGChunk.all(in: first).first { $0.type == "IHDR" }
        guard let header, header.data.count == 13 else { throw .codec(.png, "it has no header") }
        var writer = PNGChunkWriter()
        writer.write("IHDR", header.data)
        writer.write("acTL", number(files.count) + number(max(0, plays)))
        var sequence = 0
        for (index, file) in files.enumerated() {
            let chunks = try PNGChunk.all(in: file)
            guard chunks.first?.data == header.data else {
                throw .codec(.png, "picture \(index) of an animation differs from the first in size or colours")
            }
            let delay = UInt16(min(max(milliseconds, 0), longestDelay))
            // Columns, rows and place; the time as a fraction of a second; replaces what was there before.
            var control = number(sequence)
            control += header.data.prefix(8)
            control += number(0) + number(0)
            control += [UInt8(delay >> 8), UInt8(delay & 255), 0x03, 0xE8, 0, 0]
            writer.write("fcTL", control)
            sequence += 1
            for chunk in chunks where chunk.type == "IDAT" {
                guard index > 0 else {
                    writer.write("IDAT", chunk.data)
                    continue
                }
                writer.write("fdAT", number(sequence) + chunk.data)
                sequence += 1
            }
        }
        writer.write("IEND", [])
        return writer.bytes
    }

    /// Pictures of a PNG file; 1 where it is no animation, or where its chunks make no sense.
    public static func frameCount(of file: [UInt8]) -> Int {
        var position = PNGChunk.signature.count
        while let chunk = PNGChunk(in: file, at: position), chunk.type != "IDAT" {
            if chunk.type == "acTL", chunk.data.count == 8 {
                return max(1, chunk.data.prefix(4).reduce(0) { $0 << 8 | Int($1) })
            }
            position = chunk.end
        }
        return 1
    }

    private static func number(_ value: Int) -> [UInt8] {
        let value = UInt32(truncatingIfNeeded: value)
        return [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
