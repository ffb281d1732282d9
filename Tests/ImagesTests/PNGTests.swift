import Foundation
import Images
import Testing

@Suite("PNG")
struct PNGTests {
    /// A picture without repetition, so that no mistake of place or channel goes unseen.
    static func noise(_ width: Int, _ height: Int) throws -> RGBImage {
        var state: UInt32 = 1
        let pixels = (0..<width * height * 3).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return try RGBImage(width: width, height: height, pixels: pixels)
    }

    static func bytes(_ base64: String) throws -> [UInt8] {
        [UInt8](try #require(Data(base64Encoded: base64)))
    }

    @Test(
        "Colour comes back as it was", arguments: [0, 1, 2, 9],
        [PNG.Filter.none, .sub, .up, .adaptive])
    func colourRoundTrip(level: Int, filter: PNG.Filter) throws {
        let image = try Self.noise(37, 21)
        let file = try PNG.encode(image, options: PNG.Options(level: level, filter: filter))
        #expect(try PNG.decode(file) == image)
    }

    @Test("A mask comes back with its class numbers")
    func grayRoundTrip() throws {
        let mask = try GrayImage(width: 19, height: 5, pixels: (0..<95).map { UInt8($0 % 19) })
        let file = try PNG.encode(mask)
        #expect(try PNG.decodeGray(file) == mask)
        let colour = try PNG.decode(file)
        #expect(colour[3, 0] == RGBColour(gray: 3))
    }

    @Test("The same picture gives the same bytes, and higher levels fewer")
    func deterministic() throws {
        let image = RGBImage(width: 200, height: 200, filledWith: RGBColour(red: 9, green: 8, blue: 7))
        #expect(try PNG.encode(image) == PNG.encode(image))
        #expect(try PNG.encode(image, level: 9).count < PNG.encode(image, level: 0).count)
    }

    @Test("A palette becomes colour")
    func palette() throws {
        let image = try PNG.decode(
            Self.bytes(
                "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAgMAAAAP2OW3AAAACVBMVEX/AAAA/wAAAP8tSs2KAAAADElEQVR42mMQYGgAAAC0AJE+9wsf"
                    + "AAAAAElFTkSuQmCC"))
        #expect(image.pixels == [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0])
    }

    @Test("16 bits per channel become 8")
    func deep() throws {
        let image = try PNG.decode(
            Self.bytes(
                "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAIAAAAr0DSeAAAAFUlEQVR42mP4/7+hgYGBkbG+/t8/ACb0BftuW3+tAAAAAElFTkSuQmCC"
            ))
        #expect(image.pixels == [255, 128, 0, 1, 127, 254])
    }

    @Test("Interlaced files come back in order")
    func interlaced() throws {
        let image = try PNG.decode(
            Self.bytes(
                "iVBORw0KGgoAAAANSUhEUgAAAAMAAAADCAIAAAGuTRJ+AAAAIUlEQVR42g3GsQkAAAyEQDvB+vefNSnkBGQfc5N+e8lyeQ4sAPRAzft7"
                    + "AAAAAElFTkSuQmCC"))
        for y in 0..<3 {
            for x in 0..<3 {
                #expect(image[x, y] == RGBColour(red: UInt8(10 * x), green: UInt8(10 * y), blue: 7))
            }
        }
    }

    @Test("One bit per pixel becomes black and white")
    func bits() throws {
        let file = try Self.bytes(
            "iVBORw0KGgoAAAANSUhEUgAAAAgAAAABAQAAAADLe9LuAAAACklEQVR42mNYCgAApwCmSDG/bwAAAABJRU5ErkJggg==")
        #expect(try PNG.decodeGray(file).pixels == [255, 0, 255, 0, 0, 255, 0, 255])
        #expect(try PNG.decode(file)[2, 0] == .white)
    }

    @Test("Transparency is dropped, colours stay as stored")
    func alpha() throws {
        let gray = try Self.bytes(
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR42mPgYjjxHwACvAHS6eDsWQAAAABJRU5ErkJggg==")
        #expect(try PNG.decodeGray(gray).pixels == [10, 200])
        let colour = try Self.bytes(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNgZGJmAAAAFQAH8/QyXgAAAABJRU5ErkJggg==")
        #expect(try PNG.decode(colour).pixels == [1, 2, 3])
    }

    @Test("Brightness is weighted by what eyes see")
    func luma() throws {
        let image = try RGBImage(width: 3, height: 1, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255])
        #expect(try PNG.decodeGray(PNG.encode(image)).pixels == [76, 150, 29])
    }
}

@Suite("Hostile PNG")
struct HostilePNGTests {
    @Test(
        "What is no PNG is refused", arguments: ["", "123", "GIF89a", "\u{89}PNG", String(repeating: "\0", count: 64)])
    func notPNG(text: String) {
        #expect(throws: ImageError.notPNG) { try PNG.decode(Array(text.utf8)) }
    }

    @Test("Every truncation is an error, none a crash")
    func truncated() throws {
        let file = try PNG.encode(try PNGTests.noise(16, 16))
        // The library does not ask for the checksum of the closing chunk, which guards nothing.
        for length in 0..<(file.count - 4) {
            #expect(throws: ImageError.self) { try PNG.decode(Array(file.prefix(length))) }
        }
    }

    @Test("Any flipped byte gives a picture of the same size or an error")
    func flipped() throws {
        let image = try PNGTests.noise(12, 12)
        let file = try PNG.encode(image)
        for index in file.indices {
            var damaged = file
            damaged[index] ^= 0x55
            if let decoded = try? PNG.decode(damaged, limit: ImageLimit(side: 4096, pixels: 1 << 16)) {
                #expect(decoded.pixels.count == decoded.width * decoded.height * 3)
            }
        }
    }

    @Test("A small file cannot ask for a large picture")
    func huge() throws {
        var file = try PNG.encode(RGBImage(width: 8, height: 8, filledWith: .white))
        file.replaceSubrange(16..<24, with: [0, 0, 0x40, 0, 0, 0, 0x40, 0])
        // The header's checksum must fit, or the size would not be looked at.
        file.replaceSubrange(29..<33, with: CRC.of(file[12..<29]))
        #expect(throws: ImageError.tooLarge(width: 16_384, height: 16_384)) { try PNG.decode(file) }
        file.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        file.replaceSubrange(29..<33, with: CRC.of(file[12..<29]))
        #expect(throws: ImageError.self) { try PNG.decode(file) }
    }

    @Test("The limit is the caller's")
    func limit() throws {
        let file = try PNG.encode(RGBImage(width: 64, height: 32, filledWith: .black))
        #expect(throws: ImageError.tooLarge(width: 64, height: 32)) {
            try PNG.decode(file, limit: ImageLimit(side: 63, pixels: 1 << 20))
        }
        #expect(throws: ImageError.tooLarge(width: 64, height: 32)) {
            try PNG.decodeGray(file, limit: ImageLimit(side: 64, pixels: 2047))
        }
        #expect(try PNG.decode(file, limit: ImageLimit(side: 64, pixels: 2048)).width == 64)
    }

    @Test("Pixels and size must agree", arguments: [(0, 1, 0), (2, 2, 11), (-1, -1, 3), (Int.max, Int.max, 3)])
    func wrongSize(width: Int, height: Int, count: Int) {
        #expect(throws: ImageError.wrongSize(width: width, height: height, bytes: count)) {
            try RGBImage(width: width, height: height, pixels: [UInt8](repeating: 0, count: count))
        }
    }
}

/// The checksum of PNG chunks.
private enum CRC {
    static func of(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        value = ~value
        return [UInt8(value >> 24), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }
}
