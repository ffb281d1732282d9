public import FaceData
public import Foundation
public import Images

/// Faces in folders, in the layout of Multi-Modal CelebA-HQ or of CelebAMask-HQ: read when asked for, never kept.
///
/// Opening reads names, attributes and lists, but no picture. Every function that reads a file blocks, and throws a
/// ``FaceCollectionError`` that names the file, the line and the remedy; call them off the cooperative pool.
public struct FaceCollection: Sendable {
    /// What folders and files are called, and their limits.
    public let layout: FaceLayout

    /// The faces in the natural order of their stems: 2 before 10.
    public let faces: [CollectedFace]

    /// The attribute file, where there is one.
    public let attributes: AttributeTable?

    let folder: CollectionFolder
    let folders: [FaceFolder: String]
    private let places: [String: Int]
    private let splits: [FaceSplit: [Int]]

    /// Opens a folder.
    /// - Parameters:
    ///   - root: the folder that has the folders of pictures, captions and so on.
    ///   - layout: what they are called.
    /// - Throws: ``FaceCollectionError`` where there are no pictures, two files claim the same face, a link leads out of
    ///   the folder, or an attribute file or a list is defective.
    public init(opening root: URL, layout: FaceLayout = .celebA) throws(FaceCollectionError) {
        let folder = try CollectionFolder(root)
        self.init(try CollectionScan(folder, layout: layout, isStrict: true))
    }

    init(_ scan: CollectionScan) {
        layout = scan.layout
        folder = scan.folder
        folders = scan.folders
        faces = scan.faces
        places = scan.places
        attributes = scan.attributes?.table
        splits = scan.listed ?? FaceSplitRule.split(scan.faces.map(\.stem))
    }

    /// The number of faces.
    public var count: Int { faces.count }

    /// The place of a face in ``faces``, or nil where there is none of that name.
    public func index(of stem: String) -> Int? { places[FaceStem.key(stem)] }

    /// The places of the faces of a split, in the order of its list, or else of ``faces``.
    ///
    /// Where the folder has no lists, Multi-Modal CelebA-HQ's own division is used for its stems, numbers up to 29,999;
    /// all other faces are divided 90 to 5 to 5 by a hash of their stems.
    public func indices(of split: FaceSplit) -> [Int] { splits[split] ?? [] }
}

extension FaceCollection {
    /// Bytes of the file of a face's picture.
    public func pictureBytes(of face: Int) throws(FaceCollectionError) -> Int {
        try folder.size(of: faces[face].image)
    }

    /// The picture of a face as it is stored.
    public func image(of face: Int) throws(FaceCollectionError) -> RGBImage {
        try picture(faces[face].image)
    }

    /// The picture of a face: its middle square, `size` pixels wide and high.
    ///
    /// - Parameter size: 1 to 8192; each pixel is the mean of the area that it covers.
    public func image(of face: Int, size: Int) throws(FaceCollectionError) -> RGBImage {
        try image(of: face).framed(size)
    }

    /// The class of each pixel of a face, see `FaceMaskClass`, as stored: from its label map, or else from the masks of
    /// its parts; nil where it has neither.
    public func labelMap(of face: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let path = faces[face].labelMap else { return try paintedParts(of: face) }
        return try LabelMapDecoding.ids(of: picture(path), file: path)
    }

    /// The class of each pixel of a face: the middle square, `size` pixels wide and high, by the nearest pixel.
    public func labelMap(of face: Int, size: Int) throws(FaceCollectionError) -> GrayImage? {
        try labelMap(of: face)?.framedByNearest(size, file: faces[face].labelMap ?? faces[face].image)
    }

    /// The masks of a face's parts painted over each other in the published order; nil where it has none.
    public func paintedParts(of face: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let masks = faces[face].parts else { return nil }
        return try LabelMapDecoding.painted(masks.parts) { part throws(FaceCollectionError) in
            let path = masks.path(of: part)
            return (try gray(path), path)
        }
    }

    /// The line drawing of a face as it is stored, or nil where it has none.
    public func sketch(of face: Int) throws(FaceCollectionError) -> GrayImage? {
        guard let path = faces[face].sketch else { return nil }
        return try gray(path)
    }

    /// The line drawing of a face: its middle square, `size` pixels wide and high.
    public func sketch(of face: Int, size: Int) throws(FaceCollectionError) -> GrayImage? {
        try sketch(of: face)?.framed(size, file: faces[face].sketch ?? "")
    }

    /// The captions of a face in the order of its file, without empty lines; none where it has no file.
    public func captions(of face: Int) throws(FaceCollectionError) -> [String] {
        guard let path = faces[face].captions else { return [] }
        var log = DefectLog(isStrict: true)
        return try CaptionLines.read(contents(path, limit: layout.limits.captionBytes), path, layout.limits, log: &log)
    }

    /// The attributes of a face by their names in the attribute file; nil where there is no row for it.
    public func attributes(of face: Int) -> [String: Bool]? {
        attributes?.attributes(of: faces[face].stem)
    }

    func picture(_ path: String) throws(FaceCollectionError) -> RGBImage {
        let bytes = try contents(path, limit: layout.limits.pictureBytes)
        return try FaceCollectionError.ofPicture(path) { () throws(ImageError) in
            try ImageFile.decode(bytes, limit: layout.limits.picture)
        }
    }

    func gray(_ path: String) throws(FaceCollectionError) -> GrayImage {
        let bytes = try contents(path, limit: layout.limits.pictureBytes)
        return try FaceCollectionError.ofPicture(path) { () throws(ImageError) in
            try ImageFile.decodeGray(bytes, limit: layout.limits.picture)
        }
    }

    func contents(_ path: String, limit: Int) throws(FaceCollectionError) -> [UInt8] {
        guard let bytes = try folder.contents(of: path, limit: limit) else {
            throw FaceCollectionError(
                .missing, path, "the file is gone", remedy: "put it back, or open the collection again")
        }
        return bytes
    }
}

extension FaceLimits {
    fileprivate var picture: ImageLimit { ImageLimit(side: pictureSide, pixels: picturePixels) }
}
