public import Images

/// Rows of small pictures that show what a figure means.
public struct EvaluationPicture: Sendable {
    /// Pictures side by side.
    public struct Row: Sendable {
        /// What is to be seen in them.
        public let label: String
        /// The pictures.
        public let images: [RGBImage]
        /// What stands beneath each picture; nothing where there are fewer.
        public let notes: [String]

        /// A row.
        public init(_ label: String, _ images: [RGBImage], notes: [String] = []) {
            (self.label, self.images, self.notes) = (label, images, notes)
        }

        /// A row of columns: the first picture of each list on top, the second below it, and so on.
        ///
        /// What belongs together stays together, however narrow the page is. All pictures must have one size.
        static func columns(_ label: String, _ lists: [[RGBImage]]) -> Row {
            let count = lists.map(\.count).min() ?? 0
            return Row(
                label,
                (0..<count).map { column in
                    let (width, height) = (lists[0][column].width, lists[0][column].height)
                    var tall = RGBImage(
                        width: width, height: lists.count * (height + 1) - 1, filledWith: RGBColour(gray: 128))
                    for (index, list) in lists.enumerated() { tall.draw(list[column], x: 0, y: index * (height + 1)) }
                    return tall
                })
        }
    }

    /// The section that it belongs to.
    public let section: EvaluationSection
    /// What it shows.
    public let title: String
    /// From top to bottom.
    public let rows: [Row]

    /// A picture.
    public init(_ section: EvaluationSection, _ title: String, rows: [Row]) {
        (self.section, self.title, self.rows) = (section, title, rows)
    }
}
