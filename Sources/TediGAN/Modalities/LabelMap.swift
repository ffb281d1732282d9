/// For each pixel the part of the face that it shows.
public struct LabelMap: Sendable, Hashable {
    /// Columns, 1 to 8192.
    public let width: Int

    /// Rows, 1 to 8192.
    public let height: Int

    /// Raw values of ``FaceRegion``, row by row from the top.
    public let ids: [UInt8]

    /// A map from numbers of CelebAMask-HQ, as an 8-bit grey picture stores them (it looks almost black).
    ///
    /// - Throws: `TediGANError.invalid` for a wrong size, and for a number above 18, whose place it tells.
    public init(width: Int, height: Int, ids: [UInt8]) throws(TediGANError) {
        try PictureSize.check("a label map", width: width, height: height, channels: 1, count: ids.count)
        if let place = ids.firstIndex(where: { $0 >= FaceRegion.allCases.count }) {
            throw .invalid(
                "the label map has the number \(ids[place]) at column \(place % width), row \(place / width), but "
                    + "classes go from 0 to \(FaceRegion.allCases.count - 1); if it is a picture in colours, read it "
                    + "as one")
        }
        self.init(width: width, height: height, checked: ids)
    }

    /// A map from numbers of the BiSeNet face parser, see ``FaceRegion/biSeNetOrder``.
    ///
    /// - Throws: as ``init(width:height:ids:)``.
    public init(width: Int, height: Int, biSeNet ids: [UInt8]) throws(TediGANError) {
        // Both count from 0 to 18, so what the numbers are checked for is the same.
        self = try LabelMap(width: width, height: height, ids: ids)
            .remapped { FaceRegion.biSeNetOrder[Int($0.rawValue)] }
    }

    init(width: Int, height: Int, checked ids: [UInt8]) {
        (self.width, self.height, self.ids) = (width, height, ids)
    }

    /// The region at a place, which must lie inside.
    public subscript(x: Int, y: Int) -> FaceRegion {
        Self.regions[Int(ids[y * width + x])]
    }

    /// The map with regions taken for others, as hat for hair.
    public func remapped(_ change: (FaceRegion) -> FaceRegion) -> LabelMap {
        let table = Self.regions.map { change($0).rawValue }
        return LabelMap(width: width, height: height, checked: ids.map { table[Int($0)] })
    }

    /// All regions, each at its number.
    static let regions = FaceRegion.allCases
}
