public import Foundation

/// What is wrong with a collection of faces: every file is read, and whatever is found, the reading goes on.
public struct CollectionInspection: Sendable, Hashable, Codable {
    /// The number of faces that have a picture file.
    public let faces: Int

    /// The number of files that were found for the faces: captions, label maps, parts, sketches, rows of attributes.
    public let found: [String: Int]

    /// The defects: those of names, tables and lists first, then those of each face in order.
    public let defects: [FaceCollectionError]

    /// How many defects there are of each kind.
    public var counts: [FaceCollectionError.Kind: Int] {
        Dictionary(grouping: defects, by: \.kind).mapValues(\.count)
    }

    /// Inspects a folder; blocks until done.
    /// - Parameters:
    ///   - root: the folder that has the folders of pictures, captions and so on.
    ///   - layout: what they are called.
    ///   - threads: how many threads read files.
    ///   - progress: is told after every few faces how many are done, and of how many.
    /// - Throws: ``FaceCollectionError`` where there is no folder of pictures; anything else becomes a defect.
    public init(
        of root: URL, layout: FaceLayout = .celebA, threads: Int = 1,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws(FaceCollectionError) {
        let scan = try CollectionScan(CollectionFolder(root), layout: layout, isStrict: false)
        let collection = FaceCollection(scan)
        let inspector = FaceInspector(
            collection: collection, expectsCaptions: scan.folders[.captions] != nil,
            expectsMasks: scan.folders[.labelMaps] != nil || scan.folders[.parts] != nil,
            expectsSketches: scan.folders[.sketches] != nil)
        var reports: [FaceReport] = []
        var first = 0
        while first < collection.count {
            let block = first..<min(first + 64, collection.count)
            reports += Parallel.map(block, threads: threads, inspector.report)
            progress(block.upperBound, collection.count)
            first = block.upperBound
        }
        faces = collection.count
        found = Self.found(in: collection)
        defects =
            scan.log.defects + TableInspection.defects(of: scan) + reports.flatMap(\.defects)
            + SizeInspection.defects(of: reports)
    }

    private static func found(in collection: FaceCollection) -> [String: Int] {
        [
            "captions": collection.faces.count { $0.captions != nil },
            "labelMaps": collection.faces.count { $0.labelMap != nil },
            "parts": collection.faces.reduce(0) { $0 + ($1.parts?.parts.count ?? 0) },
            "sketches": collection.faces.count { $0.sketch != nil },
            "attributes": collection.attributes?.stems.count ?? 0,
        ]
    }
}
