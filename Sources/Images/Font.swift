import CFreeType
import Glibc

/// A font file at one size; draws and measures single lines.
///
/// Holds FreeType's own objects, which belong to one thread at a time.
public final class Font {
    /// Pixels from one baseline to the next.
    public let lineHeight: Int

    /// Pixels from the top of a line to its baseline.
    public let ascent: Int

    private let library: FT_Library
    private let face: FT_Face

    /// Opens a font at a size in pixels.
    ///
    /// - Throws: ``ImageError/font(path:code:)`` for a file that is absent or no font.
    public init(path: String, size: Int) throws(ImageError) {
        var library: FT_Library?
        let started = FT_Init_FreeType(&library)
        guard started == 0, let library else { throw .font(path: path, code: Int(started)) }
        var face: FT_Face?
        var code = FT_New_Face(library, path, 0, &face)
        if code == 0 { code = FT_Set_Pixel_Sizes(face, 0, FT_UInt(size)) }
        guard code == 0, let face, let metrics = face.pointee.size?.pointee.metrics else {
            FT_Done_FreeType(library)
            throw .font(path: path, code: Int(code))
        }
        self.library = library
        self.face = face
        ascent = Int(metrics.ascender + 63) >> 6
        lineHeight = Int(metrics.height + 63) >> 6
    }

    deinit {
        // Also frees the face, which belongs to the library.
        FT_Done_FreeType(library)
    }

    /// Width of a line in pixels.
    public func width(of text: some StringProtocol) -> Int {
        var pen: Float = 0
        forEachGlyph(in: text, flags: loadFlags) { pen += $0 }
        return Int(pen.rounded(.up))
    }

    /// Draws one line with its upper left corner at (`x`, `y`).
    public func draw(_ text: some StringProtocol, x: Int, y: Int, colour: RGBColour, on image: inout RGBImage) {
        var pen = Float(x)
        forEachGlyph(in: text, flags: loadFlags | Int32(FT_LOAD_RENDER)) { advance in
            if let slot = face.pointee.glyph {
                blend(slot.pointee, x: Int(pen.rounded()), baseline: y + ascent, colour: colour, on: &image)
            }
            pen += advance
        }
    }

    /// Light hinting: crisp along y, true proportions along x.
    ///
    /// The macro of the header is a function, so it is spelt out.
    private var loadFlags: Int32 { Int32(FT_RENDER_MODE_LIGHT.rawValue) << 16 }

    private func forEachGlyph(in text: some StringProtocol, flags: Int32, _ body: (_ advance: Float) -> Void) {
        for scalar in text.unicodeScalars {
            guard FT_Load_Char(face, FT_ULong(scalar.value), flags) == 0, let slot = face.pointee.glyph else {
                continue
            }
            body(Float(slot.pointee.linearHoriAdvance) / 65_536)
        }
    }

    private func blend(
        _ slot: FT_GlyphSlotRec, x: Int, baseline: Int, colour: RGBColour, on image: inout RGBImage
    ) {
        guard let buffer = slot.bitmap.buffer else { return }
        for row in 0..<Int(slot.bitmap.rows) {
            for column in 0..<Int(slot.bitmap.width) {
                let coverage = buffer[row * Int(slot.bitmap.pitch) + column]
                guard coverage > 0 else { continue }
                image.blend(
                    colour, coverage: coverage, x: x + Int(slot.bitmap_left) + column,
                    y: baseline - Int(slot.bitmap_top) + row)
            }
        }
    }
}

/// Finds the font that captions are written in.
public enum FontFile {
    /// Where distributions put DejaVu Sans.
    static let known = [
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf",
        "/usr/share/fonts/dejavu/DejaVuSans.ttf",
        "/usr/share/fonts/TTF/DejaVuSans.ttf",
        "/usr/local/share/fonts/DejaVuSans.ttf",
        "/usr/local/share/fonts/dejavu/DejaVuSans.ttf",
    ]

    /// Path of a readable font: the given one, the one that `TEDI_FONT` names, or DejaVu Sans where it is installed.
    ///
    /// A path that was asked for but cannot be read gives nil, not another font.
    public static func find(_ path: String? = nil) -> String? {
        let asked = path ?? getenv("TEDI_FONT").map { String(cString: $0) }
        if let asked, !asked.isEmpty {
            return access(asked, R_OK) == 0 ? asked : nil
        }
        return known.first { access($0, R_OK) == 0 }
    }
}
