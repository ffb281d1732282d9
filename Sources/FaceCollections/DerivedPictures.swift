import FaceData
import Images

/// Pictures that are worked out from others of a collection and written beside them.
public enum DerivedPictures: Sendable, Hashable {
    /// Line drawings from pictures, and from label maps where there are any.
    case sketches
    /// Label maps from the masks of single parts.
    case labelMaps

    /// What was made.
    public struct Report: Sendable, Hashable {
        /// Pictures that were written.
        public internal(set) var written = 0
        /// Faces that had such a picture already.
        public internal(set) var kept = 0
        /// Faces for which there is nothing to work it out from.
        public internal(set) var without = 0
        /// Why some could not be made; nothing was written for those.
        public internal(set) var defects: [FaceCollectionError] = []
    }

    /// Makes the pictures of all faces; blocks until done.
    ///
    /// A file comes under its name only when it is complete; what is wrong with one face keeps no other from being
    /// made.
    ///
    /// - Parameters:
    ///   - collection: the faces.
    ///   - isReplacing: whether pictures that are there are made again.
    ///   - threads: how many threads share the work.
    ///   - progress: is told after every few faces how many are done, and of how many.
    /// - Throws: ``FaceCollectionError`` where the folder for them cannot be made.
    public func make(
        for collection: FaceCollection, replacing isReplacing: Bool = false, threads: Int = 1,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(FaceCollectionError) -> Report {
        let target = collection.folders[folder] ?? names(in: collection.layout).first ?? folder.rawValue
        try collection.folder.make(target)
        var report = Report()
        for first in stride(from: 0, to: collection.count, by: 64) {
            let block = first..<min(first + 64, collection.count)
            let outcomes = Parallel.map(block, threads: threads) {
                make($0, of: collection, in: target, isReplacing: isReplacing)
            }
            for outcome in outcomes { report.add(outcome) }
            progress(block.upperBound, collection.count)
        }
        return report
    }

    fileprivate enum Outcome {
        case written, kept, without
        case defect(FaceCollectionError)
    }

    private func make(
        _ face: Int, of collection: FaceCollection, in target: String, isReplacing: Bool
    ) -> Outcome {
        let path = "\(target)/\(collection.faces[face].stem).png"
        do throws(FaceCollectionError) {
            if let existing = existing(collection.faces[face]) {
                guard isReplacing else { return .kept }
                guard existing == path else {
                    throw FaceCollectionError(
                        .clash, existing, "it stands in the way of \(path)", remedy: "take it out")
                }
            }
            guard let picture = try picture(of: face, in: collection) else { return .without }
            let bytes = try FaceCollectionError.ofPicture(path) { () throws(ImageError) in try PNG.encode(picture) }
            try collection.folder.write(bytes, to: path)
            return .written
        } catch {
            return .defect(error)
        }
    }

    private func picture(of face: Int, in collection: FaceCollection) throws(FaceCollectionError) -> GrayImage? {
        switch self {
        case .labelMaps: try collection.paintedParts(of: face)
        case .sketches: try sketch(of: face, in: collection)
        }
    }

    private func sketch(of face: Int, in collection: FaceCollection) throws(FaceCollectionError) -> GrayImage {
        let path = collection.faces[face].image
        let image = try collection.image(of: face)
        let (width, height) = (image.width, image.height)
        let map = try collection.labelMap(of: face)
        if let map, map.width * height != map.height * width {
            throw FaceCollectionError(
                .size, path, "it is \(width) x \(height), its label map \(map.width) x \(map.height)",
                remedy: "cut both in the same way")
        }
        let mask = try map?.stretchedByNearest(width: width, height: height, file: path).pixels
        let lines = FaceSketch.draw(pixels: image.pixels, mask: mask, width: width, height: height)
        return try .checked(lines, width: width, height: height, file: path)
    }

    private var folder: FaceFolder {
        switch self {
        case .sketches: .sketches
        case .labelMaps: .labelMaps
        }
    }

    private func names(in layout: FaceLayout) -> [String] {
        switch self {
        case .sketches: layout.sketches
        case .labelMaps: layout.labelMaps
        }
    }

    private func existing(_ face: CollectedFace) -> String? {
        switch self {
        case .sketches: face.sketch
        case .labelMaps: face.labelMap
        }
    }
}

extension DerivedPictures.Report {
    fileprivate mutating func add(_ outcome: DerivedPictures.Outcome) {
        switch outcome {
        case .written: written += 1
        case .kept: kept += 1
        case .without: without += 1
        case .defect(let defect): defects.append(defect)
        }
    }
}
