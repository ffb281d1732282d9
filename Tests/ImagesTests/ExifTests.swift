import Images
import Testing

@Suite("Exif orientation")
struct ExifTests {
    /// Which side of the upright picture the first stored row and the first stored column are, as Exif defines each
    /// number.
    enum Side { case top, bottom, left, right }

    static let sides: [(row: Side, column: Side)] = [
        (.top, .left), (.top, .right), (.bottom, .right), (.bottom, .left), (.left, .top), (.right, .top),
        (.right, .bottom), (.left, .bottom),
    ]

    /// A picture and its file, into which segments are put.
    let stored: RGBImage
    let file: [UInt8]

    init() throws {
        file = try JPEG.encode(try PNGTests.noise(11, 7))
        stored = try JPEG.decode(file)
    }

    @Test("Pictures stand upright, whichever way they are stored", arguments: 1...8, [true, false])
    func upright(number: Int, isLittleEndian: Bool) throws {
        let exif = ExifBlock(isLittleEndian: isLittleEndian, orientation: UInt32(number))
        let image = try JPEG.decode(inserting(exif.segment))
        let side = Self.sides[number - 1]
        for row in 0..<stored.height {
            for column in 0..<stored.width {
                var (x, y) = (0, 0)
                for (side, distance) in [(side.row, row), (side.column, column)] {
                    switch side {
                    case .top: y = distance
                    case .bottom: y = image.height - 1 - distance
                    case .left: x = distance
                    case .right: x = image.width - 1 - distance
                    }
                }
                #expect(image[x, y] == stored[column, row])
            }
        }
        let gray = try JPEG.decodeGray(inserting(exif.segment))
        let storedGray = try JPEG.decodeGray(file)
        #expect(gray.width == image.width && gray.height == image.height)
        #expect(gray.pixels.sorted() == storedGray.pixels.sorted())
    }

    @Test("Inks are turned as well")
    func inks() throws {
        let file = try JPEGSample.cmyk.bytes
        let exif = ExifBlock(orientation: 6)
        let (stored, turned) = (try JPEG.decode(file), try JPEG.decode(inserting(exif.segment, in: file)))
        #expect(turned.width == 12 && turned.height == 16)
        #expect(turned[11, 0] == stored[0, 0] && turned[0, 15] == stored[15, 11])
        #expect(try JPEG.decodeGray(inserting(exif.segment, in: file)).width == 12)
    }

    @Test("The tag is found among others and behind other segments; fill bytes are skipped")
    func place() throws {
        let exif = ExifBlock(orientation: 6, tagsBefore: 40)
        let comment: [UInt8] = [0xFF, 0xFE, 0, 5, 1, 2, 3]
        let other: [UInt8] = [0xFF, 0xE1, 0, 8] + Array("http:/".utf8)
        let image = try JPEG.decode(inserting(comment + other + [0xFF, 0xFF] + exif.segment))
        #expect(image.width == stored.height)
    }

    @Test("Numbers, types and counts that Exif does not know leave the picture as it is stored")
    func unknown() throws {
        let blocks = [
            ExifBlock(orientation: 0), ExifBlock(orientation: 9), ExifBlock(orientation: 0xFFFF),
            ExifBlock(orientation: 6, type: 4), ExifBlock(orientation: 6, count: 2),
            ExifBlock(orientation: 6, tag: 0x0113),
        ]
        for block in blocks { #expect(try JPEG.decode(inserting(block.segment)) == stored) }
    }

    @Test("Offsets and counts that lead astray do no harm")
    func astray() throws {
        var blocks: [ExifBlock] = []
        for isLittleEndian in [true, false] {
            for offset: UInt32 in [0, 1, 7, 20, 21, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF] {
                blocks.append(ExifBlock(isLittleEndian: isLittleEndian, orientation: 6, directory: offset))
            }
            blocks.append(ExifBlock(isLittleEndian: isLittleEndian, orientation: 6, entries: 0))
            blocks.append(ExifBlock(isLittleEndian: isLittleEndian, orientation: 6, tag: 1, entries: 0xFFFF))
            blocks.append(ExifBlock(isLittleEndian: isLittleEndian, orientation: 6, magic: 43))
        }
        for block in blocks { #expect(try JPEG.decode(inserting(block.segment)) == stored) }
    }

    @Test("A block cut short anywhere, or with any byte flipped, leaves a picture")
    func damaged() throws {
        let body = ExifBlock(orientation: 6).body
        for length in 0..<body.count {
            let image = try JPEG.decode(inserting(ExifBlock.segment(Array(body.prefix(length)))))
            #expect(image == stored || image.width == stored.height)
        }
        for index in body.indices {
            var flipped = body
            flipped[index] ^= 0x55
            #expect(try JPEG.decode(inserting(ExifBlock.segment(flipped))).pixels.count == stored.pixels.count)
        }
    }

    private func inserting(_ segment: [UInt8], in file: [UInt8]? = nil) -> [UInt8] {
        let file = file ?? self.file
        return Array(file.prefix(2)) + segment + Array(file.dropFirst(2))
    }
}

/// The smallest Exif that says how the camera was held, right or wrong.
private struct ExifBlock {
    var isLittleEndian = true
    var orientation: UInt32
    var type: UInt16 = 3
    var count: UInt32 = 1
    var tag: UInt16 = 0x0112
    var tagsBefore = 0
    var entries: UInt16?
    var directory: UInt32 = 8
    var magic: UInt16 = 42

    /// What stands in the application segment.
    var body: [UInt8] {
        var bytes = Array("Exif\0\0".utf8) + Array((isLittleEndian ? "II" : "MM").utf8)
        append(magic, to: &bytes)
        append(directory, to: &bytes)
        append(entries ?? UInt16(tagsBefore + 1), to: &bytes)
        for before in 0..<tagsBefore { append(tag: UInt16(before), type: 4, count: 1, value: 6, to: &bytes) }
        append(tag: tag, type: type, count: count, value: orientation, to: &bytes)
        append(UInt32(0), to: &bytes)
        return bytes
    }

    var segment: [UInt8] { Self.segment(body) }

    static func segment(_ body: [UInt8]) -> [UInt8] {
        let length = UInt16(body.count + 2)
        return [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + body
    }

    private func append(tag: UInt16, type: UInt16, count: UInt32, value: UInt32, to bytes: inout [UInt8]) {
        append(tag, to: &bytes)
        append(type, to: &bytes)
        append(count, to: &bytes)
        // A short number stands in the first half of the field.
        if type == 3 {
            append(UInt16(value), to: &bytes)
            append(UInt16(0), to: &bytes)
        } else {
            append(value, to: &bytes)
        }
    }

    private func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: isLittleEndian ? number.littleEndian : number.bigEndian) { bytes += $0 }
    }
}
