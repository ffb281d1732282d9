/// Where everything of a contact sheet goes.
struct SheetLayout {
    /// One caption with its pictures; `x` and `y` are the upper left corner of its first picture.
    struct Block {
        let entry: Int
        let x: Int
        let y: Int
        let lines: [String]
    }

    let width: Int
    let height: Int
    let cell: Int
    let captionGap = 6
    private(set) var blocks: [Block] = []

    init(_ sheet: ContactSheet, fonts: SheetFonts?) {
        let style = sheet.style
        let largest = sheet.entries.flatMap(\.pictures).map { max($0.width, $0.height) }.max() ?? style.cell
        cell = largest >= style.cell ? style.cell : largest * Self.factor(largest, cell: style.cell)
        let samples = max(sheet.entries.map(\.pictures.count).max() ?? 1, 1)
        let blockWidth = samples * cell + (samples - 1) * style.gap
        let perRow = Self.perRow(
            sheet.entries.count, blockWidth: blockWidth + style.gutter, blockHeight: cell + 3 * style.gutter,
            room: style.width - 2 * style.margin + style.gutter)
        width = 2 * style.margin + perRow * (blockWidth + style.gutter) - style.gutter

        var y = style.margin + Self.headHeight(sheet, fonts: fonts)
        for start in stride(from: 0, to: sheet.entries.count, by: perRow) {
            let row = start..<min(start + perRow, sheet.entries.count)
            var tallest = 0
            for entry in row {
                let lines = Self.lines(of: sheet.entries[entry], width: blockWidth, style: style, fonts: fonts)
                tallest = max(tallest, lines.count)
                let x = style.margin + (entry - start) * (blockWidth + style.gutter)
                blocks.append(Block(entry: entry, x: x, y: y, lines: lines))
            }
            let text = tallest * (fonts?.caption.lineHeight ?? 0)
            y += cell + (text > 0 ? captionGap + text : 0) + style.gutter
        }
        height = max(y - style.gutter, style.margin) + style.margin
    }

    /// A picture in the size in which it stands on the sheet.
    func scaled(_ image: RGBImage, style: ContactSheet.Style) -> RGBImage {
        let side = max(image.width, image.height)
        guard side < cell else {
            return image.resized(width: image.width * cell / side, height: image.height * cell / side)
        }
        let factor = Self.factor(side, cell: cell)
        guard style.smooth else { return image.enlarged(by: factor) }
        return image.resized(width: image.width * factor, height: image.height * factor)
    }

    /// Captions side by side: enough for a sheet that is wider than high, as far as the width allows.
    private static func perRow(_ count: Int, blockWidth: Int, blockHeight: Int, room: Int) -> Int {
        let most = min(max(room / blockWidth, 1), max(count, 1))
        return (1...most).first { perRow in
            let rows = (count + perRow - 1) / perRow
            return perRow * blockWidth * 4 >= rows * blockHeight * 5
        } ?? most
    }

    private static func factor(_ side: Int, cell: Int) -> Int {
        max(cell / max(side, 1), 1)
    }

    private static func headHeight(_ sheet: ContactSheet, fonts: SheetFonts?) -> Int {
        guard let fonts else { return 0 }
        let title = sheet.title.isEmpty ? 0 : fonts.title.lineHeight
        let subtitle = sheet.subtitle.isEmpty ? 0 : fonts.caption.lineHeight
        return title + subtitle + (title + subtitle > 0 ? sheet.style.gutter : 0)
    }

    private static func lines(
        of entry: ContactSheet.Entry, width: Int, style: ContactSheet.Style, fonts: SheetFonts?
    ) -> [String] {
        guard let fonts else { return [] }
        return wrap(entry.caption, width: width, lines: style.captionLines) { fonts.caption.width(of: $0) }
    }
}
