/// Compares the sizes of pictures with each other: all of a kind are alike, and of the shape of their face's picture.
enum SizeInspection {
    static func defects(of reports: [FaceReport]) -> [FaceCollectionError] {
        FaceFolder.allCases.flatMap { kind in
            let sizes = reports.compactMap { $0.sizes[kind] }
            // The most common size; of several, the one that comes first.
            var counts: [String: Int] = [:]
            for size in sizes { counts[size.text, default: 0] += 1 }
            let most = counts.values.max() ?? 0
            let usual = sizes.first { counts[$0.text] == most }?.text
            return reports.compactMap { defect(of: kind, in: $0, usual: usual) }
        }
    }

    private static func defect(of kind: FaceFolder, in report: FaceReport, usual: String?) -> FaceCollectionError? {
        guard let size = report.sizes[kind] else { return nil }
        if let usual, size.text != usual {
            return FaceCollectionError(
                .size, size.file, "it is \(size.text), most of its kind are \(usual)",
                remedy: "store all pictures of a kind in one size")
        }
        // CelebAMask-HQ has pictures of 1024 and masks of 512 pixels: the shape has to fit, not the number of pixels.
        guard let image = report.sizes[.images], size.width * image.height != size.height * image.width else {
            return nil
        }
        return FaceCollectionError(
            .size, size.file, "it is \(size.text), which is not the shape of \(image.file), \(image.text)",
            remedy: "cut both in the same way")
    }
}
