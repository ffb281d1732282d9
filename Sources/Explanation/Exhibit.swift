public import Images
public import TediGAN

/// A picture that shows one idea of the paper, and the numbers behind it.
public struct Exhibit: Sendable {
    /// The idea, as a file name without an ending.
    public let name: String
    /// Rows of small pictures, each with a line beneath.
    public let picture: RGBImage
    /// What was measured; an object.
    public let numbers: JSONValue

    /// Draws the rows.
    /// - Parameters:
    ///   - cell: side of one picture in pixels.
    ///   - columns: rows side by side.
    init(
        _ name: String, rows: [Row], numbers: [String: JSONValue], cell: Int = 64, columns: Int = 1
    ) throws {
        self.name = name
        self.numbers = .object(numbers)
        var style = ContactSheet.Style()
        style.cell = cell
        style.smooth = false
        (style.margin, style.gutter, style.gap) = (8, 8, 2)
        let longest = rows.map(\.pictures.count).max() ?? 1
        style.width = 2 * style.margin + columns * (longest * (cell + style.gap) - style.gap + style.gutter)
        style.captionSize = 12
        picture = try ContactSheet(title: "", entries: rows.map(\.entry), style: style).draw().image
    }

    /// Pictures side by side, and what is to be seen in them.
    struct Row {
        let caption: String
        let pictures: [RGBImage]

        init(_ caption: String, _ pictures: [RGBImage]) {
            (self.caption, self.pictures) = (caption, pictures)
        }

        var entry: ContactSheet.Entry {
            ContactSheet.Entry(caption: caption, pictures: pictures.map(ContactSheet.Picture.init))
        }
    }
}

extension JSONValue {
    /// A number to four digits.
    static func rounded(_ value: Double) -> JSONValue {
        value.isFinite ? .number((value * 10_000).rounded() / 10_000) : .null
    }

    /// Numbers to four digits.
    static func list(_ values: [Double]) -> JSONValue { .array(values.map(rounded)) }
}
