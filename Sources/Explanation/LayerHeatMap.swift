public import Evaluation
public import Images
public import TediGAN

/// A picture of a layer analysis: attributes down, layers across, the proposed range of each attribute framed.
public struct LayerHeatMap {
    private let analysis: LayerAnalysis
    private let rows: [Row]
    private let title: String
    private let subtitle: String
    private let sides: [Int]

    private struct Row {
        let attribute: String
        let pairs: Int
        let effects: [Double?]
        let proposed: [Int]
        let effect: Double?
        /// Whether the range was proposed, and not left as it was.
        let isMeasured: Bool
    }

    private static let cell = (width: 46, height: 22)
    private static let paper = RGBColour(red: 250, green: 250, blue: 248)
    private static let ink = RGBColour(gray: 40)
    private static let faint = RGBColour(gray: 120)
    private static let frame = RGBColour(red: 214, green: 84, blue: 34)
    private static let faintFrame = RGBColour(gray: 170)

    /// A picture that is not drawn yet.
    /// - Parameters:
    ///   - analysis: with each layer alone among its sets.
    ///   - proposed: the layers to frame; attributes are shown in its order.
    ///   - title: first line.
    ///   - subtitle: second line.
    ///   - sides: side of the pictures that each layer works on, in pixels.
    ///   - fewestPairs: as ``LayerAnalysis/calibrated(_:share:fewestPairs:)`` was told; attributes of fewer pairs keep
    ///     their layers, and have a grey frame.
    public init(
        _ analysis: LayerAnalysis, proposed: LayerPolicy, title: String, subtitle: String, sides: [Int],
        fewestPairs: Int = 20
    ) {
        (self.analysis, self.title, self.subtitle, self.sides) = (analysis, title, subtitle, sides)
        rows = proposed.attributes.compactMap { policy in
            guard let column = analysis.attributes.firstIndex(of: policy.attribute) else { return nil }
            return Row(
                attribute: policy.attribute, pairs: analysis.pairs[column],
                effects: (0..<analysis.layers).map { analysis.effect(on: policy.attribute, of: [$0]) },
                proposed: policy.layers, effect: analysis.effect(on: policy.attribute, of: policy.layers),
                isMeasured: analysis.pairs[column] >= fewestPairs)
        }
    }

    /// Draws the picture.
    /// - Parameter font: path of a font file; nil leaves the words out.
    /// - Throws: `ImageError` for a bad font.
    public func draw(font: String? = FontFile.find()) throws(ImageError) -> RGBImage {
        let fonts = try font.map { path throws(ImageError) in
            (
                title: try Font(path: path, size: 20), text: try Font(path: path, size: 13),
                small: try Font(path: path, size: 11)
            )
        }
        let (cell, margin, top) = (Self.cell, 24, 112)
        let left = margin + (rows.map { fonts?.text.width(of: $0.attribute) ?? 0 }.max() ?? 0) + 12
        let grid = analysis.layers * cell.width
        let words = max(fonts?.title.width(of: title) ?? 0, fonts?.text.width(of: subtitle) ?? 0)
        var image = RGBImage(
            width: max(left + grid + 150, words + 2 * margin), height: top + rows.count * cell.height + margin,
            filledWith: Self.paper)
        if let fonts {
            fonts.title.draw(title, x: margin, y: margin, colour: Self.ink, on: &image)
            fonts.text.draw(subtitle, x: margin, y: margin + 28, colour: Self.faint, on: &image)
            for layer in 0..<analysis.layers {
                let x = left + layer * cell.width
                Self.centre("\(layer)", fonts.text, x: x, y: top - 34, on: &image)
                if sides.indices.contains(layer) {
                    Self.centre("\(sides[layer]) px", fonts.small, x: x, y: top - 17, on: &image)
                }
            }
            fonts.small.draw("effect of range, pairs", x: left + grid + 14, y: top - 17, colour: Self.faint, on: &image)
        }
        for (index, row) in rows.enumerated() {
            let y = top + index * cell.height
            for (layer, effect) in row.effects.enumerated() {
                draw(effect, x: left + layer * cell.width, y: y, fonts?.small, on: &image)
            }
            for run in Self.runs(of: row.proposed) {
                Self.outline(
                    row.isMeasured ? Self.frame : Self.faintFrame, x: left + run.lowerBound * cell.width, y: y,
                    width: run.count * cell.width, height: cell.height, on: &image)
            }
            guard let fonts else { continue }
            let middle = y + (cell.height - fonts.text.lineHeight) / 2
            fonts.text.draw(row.attribute, x: margin, y: middle, colour: Self.ink, on: &image)
            let share = row.effect.map(Self.hundredths) ?? "not measured"
            fonts.small.draw(
                "\(share), \(row.pairs)", x: left + grid + 14, y: y + (cell.height - fonts.small.lineHeight) / 2,
                colour: Self.faint, on: &image)
        }
        return image
    }

    /// A cell: the darker, the more the layer does; its number where there is room for words.
    private func draw(_ effect: Double?, x: Int, y: Int, _ font: Font?, on image: inout RGBImage) {
        let cell = Self.cell
        guard let effect else { return }
        image.draw(Studio.tile(effect, side: cell.width - 2, height: cell.height - 2), x: x + 1, y: y + 1)
        guard let font else { return }
        let text = Self.hundredths(effect)
        font.draw(
            text, x: x + (cell.width - font.width(of: text)) / 2, y: y + (cell.height - font.lineHeight) / 2,
            colour: effect > 0.35 ? .white : Self.ink, on: &image)
    }

    private static func centre(_ text: String, _ font: Font, x: Int, y: Int, on image: inout RGBImage) {
        font.draw(text, x: x + (cell.width - font.width(of: text)) / 2, y: y, colour: faint, on: &image)
    }

    /// A frame of two pixels, inside of its cells.
    private static func outline(
        _ frame: RGBColour, x: Int, y: Int, width: Int, height: Int, on image: inout RGBImage
    ) {
        let across = RGBImage(width: width, height: 2, filledWith: frame)
        let down = RGBImage(width: 2, height: height, filledWith: frame)
        image.draw(across, x: x, y: y)
        image.draw(across, x: x, y: y + height - 2)
        image.draw(down, x: x, y: y)
        image.draw(down, x: x + width - 2, y: y)
    }

    /// Neighbouring layers together.
    private static func runs(of layers: [Int]) -> [ClosedRange<Int>] {
        layers.reduce(into: []) { runs, layer in
            if let last = runs.last, last.upperBound + 1 == layer {
                runs[runs.count - 1] = last.lowerBound...layer
            } else {
                runs.append(layer...layer)
            }
        }
    }

    private static func hundredths(_ value: Double) -> String {
        let whole = Int((abs(value) * 100).rounded())
        return (value < 0 && whole > 0 ? "-" : "") + "\(whole / 100)." + (whole % 100 < 10 ? "0" : "")
            + "\(whole % 100)"
    }
}
