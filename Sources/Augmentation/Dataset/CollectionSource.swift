import FaceCollections
import Foundation
import Images

/// A data set in the layout of Multi-Modal CelebA-HQ.
struct CollectionSource: FaceSource {
    let path: String
    let keys: [String]
    let defects: [FaceCollectionError]
    let attributes: AttributeColumns

    let folder: CollectionFolder
    private let collection: FaceCollection

    init(_ root: URL) throws(FaceCollectionError) {
        let (collection, defects) = try FaceCollection.tolerant(opening: root)
        self.collection = collection
        self.defects = defects
        folder = try CollectionFolder(root)
        path = root.path
        keys = collection.faces.map { SafeKey.of($0.stem) }
        var columns = AttributeColumns(names: collection.attributes?.names ?? [])
        if let table = collection.attributes {
            for face in collection.faces { columns.append(table.values(of: face.stem) ?? []) }
        }
        attributes = columns
    }

    func name(of image: Int) -> String { collection.faces[image].image }

    func has(_ part: FacePart, of image: Int) -> Bool {
        let face = collection.faces[image]
        return switch part {
        case .labels: face.labelMap != nil || face.parts != nil
        case .sketch: face.sketch != nil
        case .captions: face.captions != nil
        }
    }

    func pieces(of image: Int, _ part: FacePart?) -> [FilePiece] {
        let face = collection.faces[image]
        return switch part {
        case nil: [FilePiece(face.image)]
        case .labels:
            if let map = face.labelMap {
                [FilePiece(map)]
            } else {
                face.parts.map { masks in masks.parts.map { FilePiece(masks.path(of: $0)) } } ?? []
            }
        case .sketch: face.sketch.map { [FilePiece($0)] } ?? []
        case .captions: face.captions.map { [FilePiece($0)] } ?? []
        }
    }

    func picture(of image: Int) throws(FaceCollectionError) -> RGBImage { try collection.image(of: image) }

    func labels(of image: Int) throws(FaceCollectionError) -> GrayImage? { try collection.labelMap(of: image) }

    func sketch(of image: Int) throws(FaceCollectionError) -> GrayImage? { try collection.sketch(of: image) }

    func captions(of image: Int) throws(FaceCollectionError) -> [String] { try collection.captions(of: image) }
}
