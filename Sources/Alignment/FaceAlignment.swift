public import Images

/// Cuts faces out of photos the way the pictures of FFHQ were cut, on which the generators were trained.
///
/// The recipe: the square of ``FaceQuad``; a photo much larger than needed is first reduced by a whole factor (means of
/// areas); where the square comes near the photo's edge or hangs out, the photo is continued by its mirror image,
/// increasingly blurred and at last of one colour; the square is then sampled bilinearly at
/// ``supersampling`` times the size and reduced with a Lanczos filter.
/// The result depends on photo, landmarks and size only.
///
/// Source: the recipe of FFHQ (Karras, Laine and Aila 2019), which pSp and idinvert repeat at 256 pixels.
public struct FaceAlignment: Sendable {
    /// Sides that the aligned picture may have, in pixels.
    public static let sizes = 64...1024

    /// The largest photo: 8192 pixels a side and 64 megapixels.
    public static let limit = ImageLimit(side: 8192, pixels: 64_000_000)

    /// How many times finer than the result the photo is sampled along each axis.
    ///
    /// FFHQ's own factor (4096 for 1024): with the reduction before, no pixel of the photo is skipped.
    public static let supersampling = 4

    /// Greatest side of the square, as a multiple of the photo's longer side; beyond it most would be invented.
    public static let mostReach = 3.0

    /// Side of the aligned picture in pixels.
    public let size: Int

    /// How the faces are framed.
    public let frame: FaceFrame

    /// An alignment to pictures of `size` by `size` pixels.
    ///
    /// - Throws: ``AlignmentError/size(_:)`` outside of ``sizes``.
    public init(size: Int = 256, frame: FaceFrame = .ffhq) throws(AlignmentError) {
        guard Self.sizes.contains(size) else { throw .size(size) }
        (self.size, self.frame) = (size, frame)
    }

    /// An alignment to pictures of the allowed size that is closest to `size`.
    public init(closestTo size: Int, frame: FaceFrame = .ffhq) {
        self.size = min(max(size, Self.sizes.lowerBound), Self.sizes.upperBound)
        self.frame = frame
    }

    /// Cuts out the face with these landmarks.
    ///
    /// - Throws: ``AlignmentError/photoTooLarge(width:height:)``, and ``AlignmentError/landmarks(_:)`` where they lie
    ///   far outside of the photo, or make a square too large for it or with its middle outside of it.
    public func align(_ photo: RGBImage, landmarks: FaceLandmarks) throws(AlignmentError) -> AlignedFace {
        try Self.checkSize(of: photo)
        try landmarks.checkPlaces(width: photo.width, height: photo.height)
        return try cut(FaceQuad(landmarks, frame: frame), from: photo)
    }

    /// Cuts out a square, wherever it comes from.
    ///
    /// - Throws: ``AlignmentError/photoTooLarge(width:height:)``, and ``AlignmentError/landmarks(_:)`` for a square too
    ///   large for the photo or with its middle outside of it.
    public func cut(_ quad: FaceQuad, from photo: RGBImage) throws(AlignmentError) -> AlignedFace {
        try Self.checkSize(of: photo)
        try check(quad, in: photo)

        var (source, local) = (photo, quad)
        let shrink = Int(quad.side / Double(size) * 0.5)
        if shrink > 1 {
            source = source.reduced(by: shrink)
            local = local.reduced(by: shrink)
        }
        if let margins = Margins(around: local, in: source) {
            source = try source.continued(by: margins, blur: local.side * 0.02)
            local = local.moved(
                columns: margins.left - margins.columns.lowerBound, rows: margins.top - margins.rows.lowerBound)
        }
        let fine = try source.sampled(local, side: size * Self.supersampling)
        return try AlignedFace(image: fine.resized(width: size, height: size, filter: .lanczos), quad: quad)
    }

    /// Refuses photos that are too large to be aligned.
    ///
    /// - Throws: ``AlignmentError/photoTooLarge(width:height:)`` beyond ``limit``.
    public static func checkSize(of photo: RGBImage) throws(AlignmentError) {
        guard limit.allows(width: photo.width, height: photo.height) else {
            throw .photoTooLarge(width: photo.width, height: photo.height)
        }
    }

    private func check(_ quad: FaceQuad, in photo: RGBImage) throws(AlignmentError) {
        let (x, y) = (quad.centre.x, quad.centre.y)
        guard x >= 0, y >= 0, x <= Double(photo.width - 1), y <= Double(photo.height - 1) else {
            throw .landmarks("the middle of the face at (\(x), \(y)) lies outside of the photo")
        }
        guard quad.side <= Self.mostReach * Double(max(photo.width, photo.height)) else {
            throw .landmarks(
                "the face is too large for the photo: its square has a side of \(Int(quad.side.rounded())) pixels, "
                    + "the photo \(photo.width) x \(photo.height)")
        }
    }
}
