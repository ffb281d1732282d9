import Images
import Testing

@Suite("JPEG")
struct JPEGTests {
    @Test("Colour comes back nearly as it was, nearer at higher quality")
    func colourRoundTrip() throws {
        let image = try JPEGSample.picture()
        let files = try [50, 95, 100].map { try JPEG.encode(image, quality: $0) }
        let distances = try files.map { distance(try JPEG.decode($0).pixels, image.pixels) }
        #expect(distances[0] <= 40 && distances[1] <= 8 && distances[2] <= 3, "\(distances)")
        #expect(files[0].count < files[2].count)
    }

    @Test("One channel comes back nearly as it was, and as equal red, green and blue")
    func grayRoundTrip() throws {
        let image = try GrayImage(width: 19, height: 5, pixels: (0..<95).map { UInt8(2 * $0) })
        let file = try JPEG.encode(image, quality: 100)
        let gray = try JPEG.decodeGray(file)
        #expect(gray.width == 19 && gray.height == 5)
        #expect(distance(gray.pixels, image.pixels) <= 2)
        let colour = try JPEG.decode(file)
        #expect(colour.pixels == gray.pixels.flatMap { [$0, $0, $0] })
    }

    @Test("The same picture gives the same bytes; a quality outside of the scale is the scale's end")
    func deterministic() throws {
        let image = try JPEGSample.picture()
        #expect(try JPEG.encode(image) == JPEG.encode(image))
        #expect(try JPEG.encode(image, quality: -3) == JPEG.encode(image, quality: 1))
        #expect(try JPEG.encode(image, quality: 1000) == JPEG.encode(image, quality: 100))
    }

    @Test(
        "Any way to store colours is read",
        arguments: [
            (JPEGSample.halved, 20), (JPEGSample.halvedAlongRows, 12), (JPEGSample.progressive, 20),
            (JPEGSample.unnamed, 12), (JPEGSample.restarts, 20), (JPEGSample.rgb, 3),
        ])
    func kinds(sample: JPEGSample, tolerance: Int) throws {
        let (file, image) = (try sample.bytes, try JPEGSample.picture())
        let decoded = try JPEG.decode(file)
        #expect(decoded.width == 16 && decoded.height == 12)
        #expect(distance(decoded.pixels, image.pixels) <= tolerance)
        let gray = try PNG.decodeGray(PNG.encode(image))
        #expect(distance(try JPEG.decodeGray(file).pixels, gray.pixels) <= 6)
    }

    @Test("Inks become light", arguments: [JPEGSample.cmyk, JPEGSample.ycck])
    func inks(sample: JPEGSample) throws {
        let (file, image) = (try sample.bytes, try JPEGSample.picture(dimmedTo: 200))
        #expect(distance(try JPEG.decode(file).pixels, image.pixels) <= 6)
        let gray = try PNG.decodeGray(PNG.encode(image))
        #expect(distance(try JPEG.decodeGray(file).pixels, gray.pixels) <= 6)
    }

    @Test("Bytes that a camera left before the end, or behind it, do no harm")
    func bytesToSpare() throws {
        for sample in [JPEGSample.halved, JPEGSample.progressive] {
            let file = try sample.bytes
            let image = try JPEG.decode(file)
            let between = file.dropLast(2) + [0, 1, 2, 3, 4, 5, 6, 7] + file.suffix(2)
            #expect(try JPEG.decode(Array(between)) == image)
            #expect(try JPEG.decode(file + file.prefix(100)) == image)
        }
    }
}

@Suite("Hostile JPEG")
struct HostileJPEGTests {
    @Test("What is no JPEG is refused", arguments: [[], [0xFF], [0xFF, 0xD8], [0xFF, 0xD8, 0], Array("GIF89a".utf8)])
    func notJPEG(bytes: [UInt8]) {
        #expect(throws: ImageError.notJPEG) { try JPEG.decode(bytes) }
        #expect(throws: ImageError.notJPEG) { try JPEG.decodeGray(bytes) }
    }

    @Test(
        "Every truncation is an error, none a picture half grey",
        arguments: [
            JPEGSample.halved, JPEGSample.progressive, JPEGSample.restarts, JPEGSample.cmyk, JPEGSample.ycck,
        ])
    func truncated(sample: JPEGSample) throws {
        let file = try sample.bytes
        for length in file.indices {
            #expect(throws: ImageError.self, "\(length)") { try JPEG.decode(Array(file.prefix(length))) }
        }
    }

    @Test("A scan that ends too early is an error, even where the file's end is there")
    func torn() throws {
        let file = try JPEG.encode(try PNGTests.noise(64, 64))
        let scan = try #require(JPEGSample.places(of: 0xDA, in: file).first)
        for kept in [1, 2, 3].map({ scan + 14 + (file.count - scan) * $0 / 5 }) {
            let error = try #require(throws: ImageError.self) {
                try JPEG.decode(Array(file.prefix(kept)) + [0xFF, 0xD9])
            }
            #expect(error.description.hasPrefix("the JPEG file is damaged"))
        }
    }

    @Test(
        "Any flipped byte gives a picture of the size it says or an error",
        arguments: [JPEGSample.halved, JPEGSample.progressive, JPEGSample.cmyk])
    func flipped(sample: JPEGSample) throws {
        let file = try sample.bytes
        for index in file.indices {
            for bits: UInt8 in [0x01, 0x55, 0x80] {
                var damaged = file
                damaged[index] ^= bits
                let limit = ImageLimit(side: 4096, pixels: 1 << 16)
                if let decoded = try? ImageFile.decode(damaged, limit: limit) {
                    #expect(decoded.pixels.count == decoded.width * decoded.height * 3)
                }
            }
        }
    }

    @Test("A small file cannot ask for a large picture")
    func huge() throws {
        var file = try JPEG.encode(RGBImage(width: 8, height: 8, filledWith: .white))
        let frame = try #require(JPEGSample.places(of: 0xC0, in: file).first)
        file.replaceSubrange(frame + 5..<frame + 9, with: [0x75, 0x30, 0x75, 0x30])
        #expect(throws: ImageError.tooLarge(width: 30_000, height: 30_000)) { try JPEG.decode(file) }
        #expect(throws: ImageError.tooLarge(width: 30_000, height: 30_000)) { try JPEG.decodeGray(file) }
        for sides: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 8], [0, 8, 0, 0]] {
            file.replaceSubrange(frame + 5..<frame + 9, with: sides)
            #expect(throws: ImageError.self) { try JPEG.decode(file) }
        }
    }

    @Test("The limit is the caller's")
    func limit() throws {
        let file = try JPEG.encode(RGBImage(width: 64, height: 32, filledWith: .black))
        #expect(throws: ImageError.tooLarge(width: 64, height: 32)) {
            try JPEG.decode(file, limit: ImageLimit(side: 63, pixels: 1 << 20))
        }
        #expect(throws: ImageError.tooLarge(width: 64, height: 32)) {
            try JPEG.decodeGray(file, limit: ImageLimit(side: 64, pixels: 2047))
        }
        #expect(try JPEG.decode(file, limit: ImageLimit(side: 64, pixels: 2048)).width == 64)
        let long = RGBImage(width: 65_501, height: 1, filledWith: .black)
        #expect(throws: ImageError.tooLarge(width: 65_501, height: 1)) { try JPEG.encode(long) }
    }

    @Test("A progressive file cannot make work for ever")
    func scans() throws {
        let file = try JPEGSample.progressive.bytes
        let markers = JPEGSample.places(of: 0xDA, in: file)
        let tables = JPEGSample.places(of: 0xC4, in: file)
        let first = try #require(markers.first)
        let next = try #require(tables.first { $0 > first })
        let bomb = file[..<first] + (0..<600).flatMap { _ in file[first..<next] } + file[next...]
        let error = try #require(throws: ImageError.self) { try JPEG.decode(Array(bomb)) }
        #expect(error.description.contains("500 scans"))
    }

    @Test("12 bits per channel are refused in words")
    func deep() throws {
        var file = try JPEGSample.halved.bytes
        let frame = try #require(JPEGSample.places(of: 0xC0, in: file).first)
        file[frame + 4] = 12
        let error = try #require(throws: ImageError.self) { try JPEG.decode(file) }
        #expect(error.description.contains("precision 12"))
    }
}
