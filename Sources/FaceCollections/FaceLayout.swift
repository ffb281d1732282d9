import FaceData

/// What the folders and files of a collection of faces are called, and how large they may be.
///
/// Of several names the first one that is there counts.
public struct FaceLayout: Sendable, Hashable {
    /// Folders of pictures, `<stem>.png`, `.jpg` or `.jpeg`.
    public var images: [String]
    /// Folders of captions, `<stem>.txt` with one caption per line.
    public var captions: [String]
    /// Folders of label maps, one picture per face: class numbers, or the classes' colours.
    public var labelMaps: [String]
    /// Folders of masks of single parts, `<stem, five digits>_<part>.png`, also in numbered folders below.
    public var parts: [String]
    /// Folders of line drawings, dark on white.
    public var sketches: [String]
    /// Attribute files: a count, a line of names, then a row of 1 and -1 for each face.
    public var attributes: [String]
    /// Lists of the stems of a split, one per line.
    public var lists: [FaceSplitList]
    /// What files may claim at most.
    public var limits: FaceLimits

    /// A layout of one's own; every name is one path component.
    public init(
        images: [String], captions: [String] = [], labelMaps: [String] = [], parts: [String] = [],
        sketches: [String] = [], attributes: [String] = [], lists: [FaceSplitList] = [], limits: FaceLimits = .init()
    ) {
        (self.images, self.captions, self.labelMaps, self.parts) = (images, captions, labelMaps, parts)
        (self.sketches, self.attributes, self.lists, self.limits) = (sketches, attributes, lists, limits)
    }

    /// The same without attribute files and lists, which those who read pictures alone need not look at.
    public var withoutTables: FaceLayout {
        var copy = self
        copy.attributes = []
        copy.lists = []
        return copy
    }

    /// The names of Multi-Modal CelebA-HQ and of CelebAMask-HQ, also where both lie in one folder.
    public static let celebA = FaceLayout(
        images: ["images", "image", "CelebA-HQ-img"], captions: ["text", "celeba-caption"],
        labelMaps: ["masks", "label"], parts: ["CelebAMask-HQ-mask-anno"], sketches: ["sketches", "sketch"],
        attributes: ["attributes.txt", "list_attr_celeba.txt", "CelebAMask-HQ-attribute-anno.txt"],
        lists: [.init(.training, "train.txt"), .init(.validation, "val.txt"), .init(.test, "test.txt")])
}

/// The largest files and longest lists that are read from a collection.
///
/// The published sets stay well below: 30,000 faces, pictures of a few megabytes, captions of a few kilobytes.
public struct FaceLimits: Sendable, Hashable {
    /// Most files in one folder.
    public var files = 2_000_000
    /// Most bytes of one picture file.
    public var pictureBytes = 64 << 20
    /// Longest side of a decoded picture in pixels.
    public var pictureSide = 8192
    /// Most pixels of a decoded picture.
    public var picturePixels = 32 << 20
    /// Most bytes of the captions of one face.
    public var captionBytes = 1 << 20
    /// Most captions of one face.
    public var captions = 1000
    /// Most bytes of an attribute file or of a list.
    public var tableBytes = 256 << 20
    /// Most attributes of a face.
    public var attributes = 512

    /// The limits that suit the published sets.
    public init() {}
}
