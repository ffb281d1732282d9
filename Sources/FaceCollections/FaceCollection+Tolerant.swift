package import Foundation

extension FaceCollection {
    /// Opens a folder and passes over what is defective in it, for work that goes on with the rest.
    /// - Parameters:
    ///   - root: the folder that has the folders of pictures, captions and so on.
    ///   - layout: what they are called.
    /// - Returns: the collection, and what was passed over.
    /// - Throws: ``FaceCollectionError`` where there is no folder of pictures.
    package static func tolerant(
        opening root: URL, layout: FaceLayout = .celebA
    ) throws(FaceCollectionError) -> (collection: FaceCollection, defects: [FaceCollectionError]) {
        let scan = try CollectionScan(CollectionFolder(root), layout: layout, isStrict: false)
        // Files that no face claims are no defects of a face.
        let severe: Set<FaceCollectionError.Kind> = [.clash, .outside, .unreadable, .attribute, .contradiction]
        return (FaceCollection(scan), scan.log.defects.filter { severe.contains($0.kind) })
    }
}
