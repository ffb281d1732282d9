public import FaceData

/// One face of a collection: its name and which files are there for it.
public struct CollectedFace: Sendable, Hashable {
    /// What its picture's file is called, without the ending.
    public let stem: String

    /// Path of the picture within the collection.
    public let image: String

    /// Path of the captions, where there are any.
    public internal(set) var captions: String?

    /// Path of the label map, where there is one.
    public internal(set) var labelMap: String?

    /// The masks of single parts, where there are any.
    public internal(set) var parts: PartMasks?

    /// Path of the line drawing, where there is one.
    public internal(set) var sketch: String?

    init(stem: String, image: String) {
        (self.stem, self.image) = (stem, image)
    }
}

/// The files of a face that have one part each, such as `CelebAMask-HQ-mask-anno/0/00012_l_eye.png`.
///
/// There are about 13 for each of 30,000 faces, so what their paths have in common is kept once.
public struct PartMasks: Sendable, Hashable {
    /// The path up to the part's name, without the underscore between.
    let prefix: String
    /// The ending, without the dot.
    let ending: String
    private var bits: UInt32 = 0

    init(prefix: String, ending: String) {
        (self.prefix, self.ending) = (prefix, ending)
    }

    /// The parts that have a file, in the order in which they are painted.
    public var parts: [FaceMaskClass] { FaceMaskClass.parts.filter(contains) }

    /// Path of a part's file within the collection.
    public func path(of part: FaceMaskClass) -> String { "\(prefix)_\(part.partName).\(ending)" }

    func contains(_ part: FaceMaskClass) -> Bool { bits & 1 << UInt32(part.rawValue) != 0 }

    mutating func insert(_ part: FaceMaskClass) { bits |= 1 << UInt32(part.rawValue) }
}
