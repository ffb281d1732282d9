package import FaceCollections
import Foundation
package import Images

/// A data set that a run reads: which images there are, and what is known of each.
///
/// Opening reads names and tables; pictures are read one by one when their turn comes, and never kept. Every function
/// that reads a file blocks.
package protocol FaceSource: Sendable {
    /// The absolute path of the data set.
    var path: String { get }

    /// A name for each image, fit to be part of a file's name, in a fixed order.
    var keys: [String] { get }

    /// What was passed over: files and rows that are no image.
    var defects: [FaceCollectionError] { get }

    /// What is known of the attributes of the images.
    var attributes: AttributeColumns { get }

    /// The folder out of which nothing is read.
    var folder: CollectionFolder { get }

    /// What an image's picture is read from, or its label map or sketch; nothing where there is none.
    func pieces(of image: Int, _ part: FacePart?) -> [FilePiece]

    /// Where an image comes from, for messages.
    func name(of image: Int) -> String

    /// Whether there is a file for an image beside its picture, as far as names tell.
    func has(_ part: FacePart, of image: Int) -> Bool

    /// The picture of an image as it is stored, upright.
    func picture(of image: Int) throws(FaceCollectionError) -> RGBImage

    /// The class of each pixel, or nil where there is no label map.
    func labels(of image: Int) throws(FaceCollectionError) -> GrayImage?

    /// The line drawing, or nil where there is none.
    func sketch(of image: Int) throws(FaceCollectionError) -> GrayImage?

    /// What people say of the image.
    func captions(of image: Int) throws(FaceCollectionError) -> [String]
}

/// What there may be beside a picture.
package enum FacePart: String, Sendable, CaseIterable {
    case labels, sketch, captions

    /// What people call it.
    var noun: String {
        switch self {
        case .labels: "label map"
        case .sketch: "sketch"
        case .captions: "caption"
        }
    }
}

extension FaceSource {
    /// Largest picture that is decoded.
    static var pictureLimit: ImageLimit {
        ImageLimit(side: FaceLimits().pictureSide, pixels: FaceLimits().picturePixels)
    }

    /// Decodes a picture, whose file is named where it cannot be.
    static func decode(_ bytes: [UInt8], _ file: String) throws(FaceCollectionError) -> RGBImage {
        try FaceCollectionError.ofPicture(file) { () throws(ImageError) in
            try ImageFile.decode(bytes, limit: pictureLimit)
        }
    }

    /// Decodes a line drawing.
    static func decodeGray(_ bytes: [UInt8], _ file: String) throws(FaceCollectionError) -> GrayImage {
        try FaceCollectionError.ofPicture(file) { () throws(ImageError) in
            try ImageFile.decodeGray(bytes, limit: pictureLimit)
        }
    }
}

/// Opens data sets.
package enum FaceSources {
    /// Opens a data set of any kind that is known.
    ///
    /// - Parameter path: a folder in the layout of Multi-Modal CelebA-HQ, a file of comma-separated values that name
    ///   pictures or a folder with one, a folder of pictures, a shard, or a folder of shards.
    package static func open(_ path: String) throws(FaceCollectionError) -> any FaceSource {
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw FaceCollectionError(.missing, path, "there is no such data set", remedy: "check the path")
        }
        guard isFolder.boolValue else {
            switch url.pathExtension.lowercased() {
            case "csv": return try TableSource(table: url)
            case "tar": return try ShardSource(shards: [url])
            default:
                throw FaceCollectionError(
                    .unreadable, path, "it is neither a folder nor a .csv or .tar file", remedy: "give one of these")
            }
        }
        let folder = try CollectionFolder(url)
        let names = try folder.names(in: ".", limit: FaceLimits().files)?.sorted() ?? []
        let tables = names.filter { $0.lowercased().hasSuffix(".csv") }
        for table in tables {
            let file = url.appendingPathComponent(table)
            if TableSource.namesPictures(file) { return try TableSource(table: file) }
        }
        if !Set(names).isDisjoint(with: FaceLayout.celebA.images) { return try CollectionSource(url) }
        let shards = names.filter { $0.hasSuffix(".tar") }
        if !shards.isEmpty { return try ShardSource(shards: shards.map { url.appendingPathComponent($0) }) }
        if names.contains(where: { TableSource.isPicture($0) }) { return try TableSource(pictures: names, in: url) }
        throw FaceCollectionError(
            .missing, path, "it holds no data set that is known",
            remedy: "give a folder with images/, with a .csv that has a column file_name, with pictures, or with .tar "
                + "shards")
    }
}
