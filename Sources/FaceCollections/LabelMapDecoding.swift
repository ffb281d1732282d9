import FaceData
package import Images

/// Turns the picture of a label map into class numbers.
package enum LabelMapDecoding {
    /// The class of each pixel of a picture that has class numbers as grays, or the classes' colours.
    /// - Throws: ``FaceCollectionError`` that names numbers or a colour that stand for no class.
    package static func ids(of image: RGBImage, file: String) throws(FaceCollectionError) -> GrayImage {
        let pixels = image.pixels
        var ids = [UInt8](repeating: 0, count: pixels.count / 3)
        var used = Set<UInt8>()
        var isGray = true
        for place in ids.indices where isGray {
            let value = pixels[place * 3]
            isGray = value == pixels[place * 3 + 1] && value == pixels[place * 3 + 2]
            ids[place] = value
            if place == 0 || value != ids[place - 1] { used.insert(value) }
        }
        guard isGray else { return try colours(of: image, file: file) }
        let unknown = used.filter { $0 >= FaceMaskClass.allCases.count }.sorted()
        guard unknown.isEmpty else {
            let names = unknown.prefix(8).map(String.init).joined(separator: ", ") + (unknown.count > 8 ? ", ..." : "")
            throw FaceCollectionError(
                .label, file, "it has the numbers \(names), which are no classes",
                remedy: "store the classes 0 to 18 as they are, in 8 bits, or in the colours of CelebAMask-HQ")
        }
        return try .checked(ids, width: image.width, height: image.height, file: file)
    }

    private static func colours(of image: RGBImage, file: String) throws(FaceCollectionError) -> GrayImage {
        let pixels = image.pixels
        var ids = [UInt8](repeating: 0, count: pixels.count / 3)
        var last: (colour: SIMD3<UInt8>, kind: FaceMaskClass) = ([0, 0, 0], .background)
        for place in ids.indices {
            let colour = SIMD3(pixels[place * 3], pixels[place * 3 + 1], pixels[place * 3 + 2])
            // Regions are wide, so the colour is mostly that of the pixel before.
            if colour != last.colour {
                guard let kind = FaceMaskClass.near(colour) else {
                    let (x, y) = (place % image.width, place / image.width)
                    throw FaceCollectionError(
                        .label, file,
                        "the colour (\(colour.x), \(colour.y), \(colour.z)) at column \(x), row \(y) is no class",
                        remedy: "store it without smoothing, in the colours of CelebAMask-HQ or as numbers 0 to 18")
                }
                last = (colour, kind)
            }
            ids[place] = last.kind.rawValue
        }
        return try .checked(ids, width: image.width, height: image.height, file: file)
    }

    /// Paints the masks of single parts over each other, in the published order.
    ///
    /// - Parameters:
    ///   - parts: the parts that have a file, in any order.
    ///   - read: reads the mask of a part and says what its file is called.
    /// - Throws: ``FaceCollectionError`` where a mask cannot be read, has another size than the others, or is no
    ///   picture of black and white.
    static func painted(
        _ parts: [FaceMaskClass],
        read: (FaceMaskClass) throws(FaceCollectionError) -> (mask: GrayImage, file: String)
    ) throws(FaceCollectionError) -> GrayImage? {
        var map: (width: Int, height: Int, file: String)?
        var ids: [UInt8] = []
        for part in parts.sorted(by: { $0.rawValue < $1.rawValue }) {
            let (mask, file) = try read(part)
            let size = map ?? (mask.width, mask.height, file)
            guard mask.width == size.width, mask.height == size.height else {
                throw FaceCollectionError(
                    .size, file,
                    "it is \(mask.width) x \(mask.height), \(size.file) is \(size.width) x \(size.height)",
                    remedy: "store all parts of a face in one size")
            }
            if map == nil { ids = [UInt8](repeating: 0, count: mask.pixels.count) }
            map = size
            try paint(part, mask, over: &ids, file: file)
        }
        guard let map else { return nil }
        return try .checked(ids, width: map.width, height: map.height, file: map.file)
    }

    private static func paint(
        _ part: FaceMaskClass, _ mask: GrayImage, over ids: inout [UInt8], file: String
    ) throws(FaceCollectionError) {
        for (place, value) in mask.pixels.enumerated() where value != 0 {
            guard value == 255 else {
                throw FaceCollectionError(
                    .part, file,
                    "its value at column \(place % mask.width), row \(place / mask.width) is \(value), not 0 or 255",
                    remedy: "store it without smoothing, as black and white")
            }
            ids[place] = part.rawValue
        }
    }
}
