import Images

/// Draws the shares of attributes before and after a run as bars.
struct DistributionPlot {
    private static let width = 720
    private static let rowHeight = 34
    private static let margin = 24
    private static let labels = 200
    private static let barHeight = 11
    private static let paper = RGBColour(red: 252, green: 252, blue: 250)
    private static let rule = RGBColour(gray: 222)
    private static let beforeInk = RGBColour(gray: 165)
    private static let afterInk = RGBColour(red: 38, green: 110, blue: 178)
    private static let targetInk = RGBColour(red: 196, green: 60, blue: 40)
    private static let ink = RGBColour(gray: 50)

    let distribution: AttributeDistribution

    /// The picture as PNG, or nil where there is no attribute to show.
    func png(font path: String? = FontFile.find()) throws(ImageError) -> [UInt8]? {
        let names = distribution.names.prefix(64)
        guard !names.isEmpty else { return nil }
        let font = try path.map { path throws(ImageError) in try Font(path: path, size: 13) }
        let height = 2 * Self.margin + 24 + names.count * Self.rowHeight
        var image = RGBImage(width: Self.width, height: height, filledWith: Self.paper)
        let top = Self.margin + 24
        for tenth in stride(from: 0, through: 10, by: 2) {
            let x = Self.x(Double(tenth) / 10)
            Self.fill(&image, x: x, y: top - 4, width: 1, height: height - top - Self.margin + 4, Self.rule)
            font?.draw("\(tenth * 10) %", x: x - 10, y: Self.margin - 2, colour: Self.ink, on: &image)
        }
        for (row, name) in names.enumerated() {
            let y = top + row * Self.rowHeight
            font?.draw(name.replacing("_", with: " "), x: Self.margin, y: y + 4, colour: Self.ink, on: &image)
            bar(&image, distribution.before[name], y: y, Self.beforeInk)
            bar(&image, distribution.after[name], y: y + Self.barHeight + 1, Self.afterInk)
            if let target = distribution.targets[name] {
                Self.fill(
                    &image, x: Self.x(target) - 1, y: y - 3, width: 3, height: 2 * Self.barHeight + 7, Self.targetInk)
            }
        }
        return try PNG.encode(image, options: .small)
    }

    private func bar(
        _ image: inout RGBImage, _ count: AttributeDistribution.Count?, y: Int, _ colour: RGBColour
    ) {
        let start = Self.x(0)
        let end = Self.x(count?.share ?? 0)
        Self.fill(&image, x: start, y: y, width: max(1, end - start), height: Self.barHeight, colour)
    }

    private static func x(_ share: Double) -> Int {
        let start = margin + labels
        return start + Int((share * Double(width - margin - start - 8)).rounded())
    }

    private static func fill(
        _ image: inout RGBImage, x: Int, y: Int, width: Int, height: Int, _ colour: RGBColour
    ) {
        image.draw(RGBImage(width: width, height: height, filledWith: colour), x: x, y: y)
    }
}
