public import Images

/// Rows of small pictures that show what a figure means.
public struct EvaluationPicture: Sendable {
    /// Pictures side by side.
    public struct Row: Sendable {
        /// What is to be seen in them.
        public let label: String
        /// The pictures.
        public let images: [RGBImage]

        /// A row.
        public init(_ label: String, _ images: [RGBImage]) { (self.label, self.images) = (label, images) }
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
