import Images
import Testing

@Suite("Picture files")
struct ImageFileTests {
    @Test("A file is told by its first bytes")
    func kind() throws {
        let image = try JPEGSample.picture()
        #expect(ImageFile.kind(of: try PNG.encode(image)) == .png)
        #expect(ImageFile.kind(of: try JPEG.encode(image)) == .jpeg)
        for text in ["", "\u{89}PNG", "GIF89a", "RIFF....WEBP", "BM"] {
            #expect(ImageFile.kind(of: Array(text.utf8)) == nil)
        }
    }

    @Test("Either kind is decoded as its own decoder does")
    func decode() throws {
        let image = try JPEGSample.picture()
        let (png, jpeg) = (try PNG.encode(image), try JPEG.encode(image))
        #expect(try ImageFile.decode(png) == image)
        #expect(try ImageFile.decodeGray(png) == PNG.decodeGray(png))
        #expect(try ImageFile.decode(jpeg) == JPEG.decode(jpeg))
        #expect(try ImageFile.decodeGray(jpeg) == JPEG.decodeGray(jpeg))
        for file in [png, jpeg] {
            #expect(throws: ImageError.tooLarge(width: 16, height: 12)) {
                try ImageFile.decode(file, limit: ImageLimit(side: 15))
            }
            #expect(throws: ImageError.tooLarge(width: 16, height: 12)) {
                try ImageFile.decodeGray(file, limit: ImageLimit(pixels: 191))
            }
        }
    }

    @Test("What is neither is refused in words", arguments: ["", "GIF89a", "<svg/>"])
    func unknown(text: String) throws {
        #expect(throws: ImageError.unknownKind) { try ImageFile.decode(Array(text.utf8)) }
        #expect(throws: ImageError.unknownKind) { try ImageFile.decodeGray(Array(text.utf8)) }
        #expect(ImageError.unknownKind.description == "neither a PNG nor a JPEG file")
    }

    @Test("Messages name the kind that is damaged")
    func damaged() throws {
        let image = try JPEGSample.picture()
        for (file, name) in [(try PNG.encode(image), "PNG"), (try JPEG.encode(image), "JPEG")] {
            let error = try #require(throws: ImageError.self) {
                try ImageFile.decode(Array(file.prefix(file.count / 2)))
            }
            #expect(error.description.hasPrefix("the \(name) file is damaged"))
        }
    }

    @Test("A name says what is written")
    func write() throws {
        #expect(["a.jpg", "b/c.JPEG"].map { ImageFile.Kind(named: $0) } == [.jpeg, .jpeg])
        #expect(["a.png", "jpg", "a.jpg.png", ""].map { ImageFile.Kind(named: $0) } == [.png, .png, .png, .png])
        let image = try JPEGSample.picture()
        for kind in [ImageFile.Kind.png, .jpeg] {
            #expect(ImageFile.kind(of: try ImageFile.encode(image, as: kind)) == kind)
        }
    }

    @Test("A limit holds for both sides and for all pixels")
    func limit() {
        let limit = ImageLimit(side: 100, pixels: 400)
        #expect(limit.allows(width: 100, height: 4) && limit.allows(width: 4, height: 100))
        #expect(!limit.allows(width: 101, height: 1) && !limit.allows(width: 1, height: 101))
        #expect(!limit.allows(width: 21, height: 20))
        #expect(!ImageLimit(side: .max, pixels: .max).allows(width: .max, height: 2))
    }
}
