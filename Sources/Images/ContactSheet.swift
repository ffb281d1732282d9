/// One picture that shows many: for each caption its samples side by side, with the caption beneath.
public struct ContactSheet: Sendable {
    /// A picture that is at hand, or that is read when its turn comes, so that a large sheet holds one at a time.
    public struct Picture: Sendable {
        /// Size in pixels, known before the picture is read.
        public let width: Int
        /// See ``width``.
        public let height: Int
        let read: @Sendable () throws -> RGBImage

        /// A picture to be read; if it has another size then, it is shown as it is.
        public init(width: Int, height: Int, read: @escaping @Sendable () throws -> RGBImage) {
            (self.width, self.height, self.read) = (width, height, read)
        }

        /// A picture at hand.
        public init(_ image: RGBImage) {
            self.init(width: image.width, height: image.height) { image }
        }
    }

    /// One caption and the pictures made from it.
    public struct Entry: Sendable {
        /// What stands beneath the pictures.
        public var caption: String

        /// The samples, from left to right.
        public var pictures: [Picture]

        /// A caption and its pictures.
        public init(caption: String, pictures: [Picture]) {
            self.caption = caption
            self.pictures = pictures
        }
    }

    /// How the sheet looks; all sizes in pixels.
    public struct Style: Sendable, Equatable {
        /// Greatest width of the whole sheet; a single caption with many samples may exceed it.
        public var width = 2400

        /// Side of one picture on the sheet.
        ///
        /// Small pictures are enlarged by the whole factor that comes nearest from
        /// below, large ones are reduced to it.
        public var cell = 192

        /// Whether enlarging smooths (bicubic) or shows the pixels as squares.
        public var smooth = true

        /// Margin around the sheet.
        public var margin = 32

        /// Space between captions.
        public var gutter = 24

        /// Space between the samples of one caption.
        public var gap = 4

        /// Size of the captions' letters.
        public var captionSize = 14

        /// Size of the title's letters.
        public var titleSize = 26

        /// Most lines of one caption.
        public var captionLines = 6

        /// Colour behind everything.
        public var background = RGBColour(red: 245, green: 245, blue: 243)

        /// Colour of the captions.
        public var ink = RGBColour(gray: 56)

        /// Colour of the title.
        public var titleInk = RGBColour(gray: 24)

        /// Colour of the subtitle.
        public var faintInk = RGBColour(gray: 120)

        /// The standard look.
        public init() {}
    }

    /// A finished sheet.
    public struct Drawing: Sendable {
        /// The sheet.
        public let image: RGBImage

        /// False where no font was found, so that the sheet has no captions and no title.
        public let hasText: Bool
    }

    /// First line.
    public var title: String

    /// Smaller line beneath the title; may be empty.
    public var subtitle: String

    /// Captions with their pictures, in reading order.
    public var entries: [Entry]

    /// The look.
    public var style: Style

    /// A sheet that is not drawn yet.
    public init(title: String, subtitle: String = "", entries: [Entry], style: Style = Style()) {
        self.title = title
        self.subtitle = subtitle
        self.entries = entries
        self.style = style
    }

    /// Draws the sheet.
    ///
    /// - Parameters:
    ///   - font: Path of a font file, see ``FontFile/find(_:)``; nil leaves the text out.
    ///   - limit: The largest sheet to draw.
    /// - Throws: ``ImageError/tooLarge(width:height:)`` beyond the limit, before any picture is read;
    ///   ``ImageError/font(path:code:)`` for a bad font; and what reading a picture throws.
    public func draw(
        font: String? = FontFile.find(), limit: ImageLimit = .standard
    ) throws -> Drawing {
        let fonts = try font.map { path throws(ImageError) in try SheetFonts(path: path, style: style) }
        let layout = SheetLayout(self, fonts: fonts)
        try limit.check(width: layout.width, height: layout.height)
        var image = RGBImage(width: layout.width, height: layout.height, filledWith: style.background)
        if let fonts {
            let edge = style.margin
            fonts.title.draw(title, x: edge, y: edge, colour: style.titleInk, on: &image)
            let below = edge + (title.isEmpty ? 0 : fonts.title.lineHeight)
            fonts.caption.draw(subtitle, x: edge, y: below, colour: style.faintInk, on: &image)
        }
        for block in layout.blocks {
            try draw(block, layout: layout, fonts: fonts, on: &image)
        }
        return Drawing(image: image, hasText: fonts != nil)
    }

    private func draw(
        _ block: SheetLayout.Block, layout: SheetLayout, fonts: SheetFonts?, on image: inout RGBImage
    ) throws {
        for (index, sample) in entries[block.entry].pictures.enumerated() {
            let scaled = layout.scaled(try sample.read(), style: style)
            // Pictures of different sizes are centred in their cells.
            let x = block.x + index * (layout.cell + style.gap) + (layout.cell - scaled.width) / 2
            image.draw(scaled, x: x, y: block.y + (layout.cell - scaled.height) / 2)
        }
        guard let fonts else { return }
        for (index, line) in block.lines.enumerated() {
            let y = block.y + layout.cell + layout.captionGap + index * fonts.caption.lineHeight
            fonts.caption.draw(line, x: block.x, y: y, colour: style.ink, on: &image)
        }
    }
}

/// The two fonts of a sheet.
struct SheetFonts {
    let title: Font
    let caption: Font

    init(path: String, style: ContactSheet.Style) throws(ImageError) {
        title = try Font(path: path, size: style.titleSize)
        caption = try Font(path: path, size: style.captionSize)
    }
}
