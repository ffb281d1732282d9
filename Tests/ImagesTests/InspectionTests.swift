import Images
import Testing

@Suite("Files before they are decoded")
struct InspectionTests {
    @Test("Size, bits and frames are told from the head")
    func heads() throws {
        let image = try PNGTests.noise(31, 17)
        let png = try ImageFile.inspect(PNG.encode(image))
        #expect(png == ImageInfo(kind: .png, width: 31, height: 17, bits: 8, frames: 1))
        let jpeg = try ImageFile.inspect(JPEG.encode(image))
        #expect(jpeg.kind == .jpeg && jpeg.width == 31 && jpeg.height == 17)
        #expect(throws: ImageError.unknownKind) { try ImageFile.inspect(Array("GIF89a".utf8)) }
    }

    @Test("A size beyond the limit is refused before memory is taken", arguments: [(30_000, 30_000), (16_385, 1)])
    func tooLarge(width: Int, height: Int) throws {
        let file = try Self.png(width: width, height: height)
        #expect(throws: ImageError.tooLarge(width: width, height: height)) { try ImageFile.inspect(file) }
        #expect(throws: ImageError.tooLarge(width: width, height: height)) { try PNG.decode(file) }
    }

    @Test("A picture thinned out has only colours that were there")
    func sampled() throws {
        let image = try PNGTests.noise(300, 200)
        let small = image.sampled(width: 70, height: 31)
        #expect(small.width == 70 && small.height == 31)
        let colours = Set((0..<200).flatMap { y in (0..<300).map { image[$0, y] } })
        for y in 0..<31 { for x in 0..<70 { #expect(colours.contains(small[x, y])) } }
        #expect(image.sampled(width: 300, height: 200) == image)
        // The pixel in which the middle of the new one lies.
        #expect(image.sampled(width: 1, height: 1)[0, 0] == image[150, 100])
        #expect(image.sampled(width: 0, height: -4).pixels.count == 3)
    }

    @Test("Exif in a PNG file is heeded as well, wherever it stands", arguments: [true, false])
    func exif(isAtEnd: Bool) throws {
        let image = try PNGTests.noise(12, 7)
        let block: [UInt8] = [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
        let file = try PNG.encode(image)
        let chunk = Self.chunk("eXIf", block)
        let turned = try PNG.decode(
            isAtEnd ? file.dropLast(12) + chunk + file.suffix(12) : Array(file[..<33]) + chunk + file[33...])
        #expect(turned.width == 7 && turned.height == 12)
        // Stored on its left side: the first stored row is the last column.
        for x in 0..<12 { #expect(turned[6, x] == image[x, 0]) }
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        let sum = ~body.reduce(~UInt32(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
        }
        return bytes(UInt32(data.count)) + body + bytes(sum)
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    /// A file that claims to be of this size.
    private static func png(width: Int, height: Int) throws -> [UInt8] {
        let file = try PNG.encode(try PNGTests.noise(1, 1))
        let header = bytes(UInt32(width)) + bytes(UInt32(height)) + Array(file[24..<29])
        return Array(file[..<8]) + chunk("IHDR", header) + Array(file[33...])
    }
}
