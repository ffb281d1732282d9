import Images
import Testing

@Suite("Contact sheet")
struct ContactSheetTests {
    private static func sheet(
        captions: Int, samples: Int, side: Int = 16, style: (inout ContactSheet.Style) -> Void = { _ in }
    ) -> ContactSheet {
        var look = ContactSheet.Style()
        look.width = 400
        look.cell = 64
        style(&look)
        let face = RGBImage(width: side, height: side, filledWith: RGBColour(red: 200, green: 30, blue: 30))
        let entries = (0..<captions).map {
            ContactSheet.Entry(
                caption: "a smiling woman with blond hair, number \($0)",
                pictures: Array(repeating: ContactSheet.Picture(face), count: samples))
        }
        return ContactSheet(title: "celeba-aug", subtitle: "batch 7", entries: entries, style: look)
    }

    private static func ink(_ image: RGBImage, rows: Range<Int>, background: RGBColour) -> Int {
        rows.reduce(0) { sum, y in sum + (0..<image.width).count { image[$0, y] != background } }
    }

    @Test("As many captions side by side as fit into the width")
    func columns() throws {
        // Two samples of 64 and a gap of 4 make 132; 336 between the margins hold two of them with a gutter of 24.
        let image = try Self.sheet(captions: 5, samples: 2).draw(font: nil).image
        #expect(image.width == 2 * 32 + 2 * 132 + 24)
        #expect(image.height == 2 * 32 + 3 * 64 + 2 * 24)
    }

    @Test("A picture is read when it is drawn, and not at all where the sheet is too large")
    func lazily() throws {
        struct Unread: Error {}
        let picture = ContactSheet.Picture(width: 16, height: 16) { throw Unread() }
        let sheet = ContactSheet(title: "", entries: [.init(caption: "", pictures: [picture])])
        #expect(throws: Unread.self) { try sheet.draw(font: nil) }
        #expect(throws: ImageError.self) { try sheet.draw(font: nil, limit: ImageLimit(side: 8, pixels: 64)) }
    }

    @Test("One caption gives one block, however wide it is")
    func single() throws {
        let image = try Self.sheet(captions: 1, samples: 12).draw(font: nil).image
        #expect(image.width == 2 * 32 + 12 * 64 + 11 * 4)
        #expect(image.height == 2 * 32 + 64)
    }

    @Test("Samples stand where they belong, on the background")
    func placement() throws {
        let sheet = Self.sheet(captions: 1, samples: 2)
        let image = try sheet.draw(font: nil).image
        let red = RGBColour(red: 200, green: 30, blue: 30)
        #expect(image[32, 32] == red)
        #expect(image[95, 95] == red)
        #expect(image[97, 60] == sheet.style.background)
        #expect(image[100, 32] == red)
        #expect(image[31, 32] == sheet.style.background)
    }

    @Test("Small pictures grow by a whole factor, large ones shrink to the cell")
    func scaling() throws {
        // 28 pixels fit twice into 64.
        #expect(try Self.sheet(captions: 1, samples: 1, side: 28).draw(font: nil).image.width == 64 + 56)
        #expect(try Self.sheet(captions: 1, samples: 1, side: 100).draw(font: nil).image.width == 64 + 64)
    }

    @Test("With a font there are a title and captions, and room for them")
    func text() throws {
        let font = try #require(FontFile.find(), "fonts-dejavu-core is part of the set-up")
        let sheet = Self.sheet(captions: 1, samples: 2)
        let drawn = try sheet.draw(font: font)
        let bare = try sheet.draw(font: nil)
        #expect(drawn.hasText)
        #expect(!bare.hasText)
        let image = drawn.image
        #expect(image.height > bare.image.height + 60)
        let background = sheet.style.background
        #expect(Self.ink(image, rows: 32..<60, background: background) > 200)
        #expect(Self.ink(image, rows: (image.height - 62)..<(image.height - 32), background: background) > 200)
        #expect(Self.ink(image, rows: (image.height - 26)..<image.height, background: background) == 0)
    }

    @Test("Long captions wrap, very long ones are cut")
    func wrapping() throws {
        let font = try #require(FontFile.find())
        var sheet = Self.sheet(captions: 1, samples: 2)
        let heights = try ["short", "some words that need two lines here", String(repeating: "word ", count: 4000)].map
        {
            sheet.entries[0].caption = $0
            return try sheet.draw(font: font).image.height
        }
        #expect(heights[0] < heights[1])
        #expect(heights[1] < heights[2])
        #expect(heights[2] < heights[0] + sheet.style.captionLines * 20)
        sheet.entries[0].caption = String(repeating: "x", count: 500)
        #expect(try sheet.draw(font: font).image.height == heights[2])
    }

    @Test("A font that cannot be used is named")
    func badFont() {
        #expect(throws: ImageError.self) { try Self.sheet(captions: 1, samples: 1).draw(font: "/nowhere.ttf") }
        #expect(FontFile.find("/nowhere.ttf") == nil)
    }

    @Test("A sheet beyond the limit is refused before it is drawn")
    func limit() {
        #expect(throws: ImageError.self) {
            try Self.sheet(captions: 5000, samples: 1).draw(font: nil, limit: ImageLimit(side: 4096, pixels: 1 << 24))
        }
    }

    @Test("An empty sheet is still a picture")
    func empty() throws {
        let drawing = try ContactSheet(title: "", entries: []).draw(font: nil)
        #expect(drawing.image.width > 0 && drawing.image.height > 0)
    }
}

@Suite("Resizing")
struct ResizingTests {
    @Test("A flat picture stays flat", arguments: [(4, 4), (64, 32), (1, 1), (7, 50)])
    func flat(width: Int, height: Int) {
        let colour = RGBColour(red: 12, green: 130, blue: 250)
        let image = RGBImage(width: 16, height: 12, filledWith: colour).resized(width: width, height: height)
        #expect(image == RGBImage(width: width, height: height, filledWith: colour))
    }

    @Test("Reducing averages, so that a fine pattern becomes gray")
    func averages() throws {
        var image = RGBImage(width: 64, height: 64, filledWith: .black)
        for y in 0..<64 {
            for x in 0..<64 where (x + y).isMultiple(of: 2) { image[x, y] = .white }
        }
        let small = image.resized(width: 8, height: 8)
        #expect((120...136).contains(small[4, 4].red))
    }

    @Test("Enlarging keeps the mirror symmetry of a picture")
    func symmetry() throws {
        var image = RGBImage(width: 4, height: 1, filledWith: .black)
        image[1, 0] = .white
        image[2, 0] = .white
        let large = image.resized(width: 16, height: 1)
        for x in 0..<8 { #expect(large[x, 0] == large[15 - x, 0]) }
        #expect(large[7, 0] == .white)
    }

    @Test("Enlarging without smoothing makes squares")
    func squares() throws {
        let image = try RGBImage(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6]).enlarged(by: 3)
        #expect(image.width == 6 && image.height == 3)
        #expect(image[2, 2] == RGBColour(red: 1, green: 2, blue: 3))
        #expect(image[3, 0] == RGBColour(red: 4, green: 5, blue: 6))
    }

    @Test("What is drawn outside is cut off", arguments: [(-3, -3), (2, 2), (10, 0), (0, -10), (-1, 3)])
    func clipping(x: Int, y: Int) {
        var canvas = RGBImage(width: 4, height: 4, filledWith: .black)
        canvas.draw(RGBImage(width: 4, height: 4, filledWith: .white), x: x, y: y)
        for row in 0..<4 {
            for column in 0..<4 {
                let isInside = (x..<x + 4).contains(column) && (y..<y + 4).contains(row)
                #expect(canvas[column, row] == (isInside ? .white : .black))
            }
        }
    }
}
