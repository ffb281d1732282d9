/// The images that a contact sheet shows, as far as they must be remembered while a batch goes by.
struct SheetSelection: Sendable {
    /// One image.
    struct Picture: Sendable {
        let file: String
        /// In pixels.
        let width: Int
        /// In pixels.
        let height: Int
    }

    /// A caption and its images.
    struct Entry: Sendable {
        let line: Int
        let caption: String
        var pictures: [Picture] = []
    }

    /// No sheet within the limit has as many images: a cell is at least 9 pixels wide and high.
    static let pictureLimit = 1 << 20

    private let captions: Int
    private(set) var entries: [Entry] = []
    /// Images in all.
    private(set) var count = 0

    /// Selects the images of the first `captions` captions that have some.
    init(captions: Int) {
        self.captions = captions
    }

    /// Remembers an image if it belongs to the sheet; they come in the order of their lines.
    mutating func add(_ image: PulledImage) {
        guard count < Self.pictureLimit else { return }
        if entries.last?.line != image.line {
            guard entries.count < captions else { return }
            entries.append(Entry(line: image.line, caption: image.caption))
        }
        entries[entries.count - 1].pictures.append(
            Picture(file: image.file, width: image.width, height: image.height))
        count += 1
    }
}
