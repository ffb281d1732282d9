public import FaceData

extension FaceMaskClass {
    /// The name in the file of a part's mask, as CelebAMask-HQ has it.
    public var partName: String { Self.descriptions[Int(rawValue)].name }

    /// The colour in CelebAMask-HQ's palette: red, green and blue.
    public var colour: SIMD3<UInt8> { Self.descriptions[Int(rawValue)].colour }

    /// The parts that have masks of their own, in the order in which CelebAMask-HQ paints them: later ones cover
    /// earlier ones.
    public static let parts = Array(allCases.dropFirst())

    // Source: CelebAMask-HQ (Lee et al. 2020), its scripts that put the parts together and colour them.
    private static let descriptions: [(name: String, colour: SIMD3<UInt8>)] = [
        ("background", [0, 0, 0]), ("skin", [204, 0, 0]), ("nose", [76, 153, 0]), ("eye_g", [204, 204, 0]),
        ("l_eye", [51, 51, 255]), ("r_eye", [204, 0, 204]), ("l_brow", [0, 255, 255]), ("r_brow", [255, 204, 204]),
        ("l_ear", [102, 51, 0]), ("r_ear", [255, 0, 0]), ("mouth", [102, 204, 0]), ("u_lip", [255, 255, 0]),
        ("l_lip", [0, 0, 153]), ("hair", [0, 0, 204]), ("hat", [255, 51, 153]), ("ear_r", [0, 204, 204]),
        ("neck_l", [0, 51, 0]), ("neck", [255, 153, 51]), ("cloth", [0, 204, 0]),
    ]

    /// The class with this colour, each channel of which may be off by 24 as lossy files have it inside of a region.
    ///
    /// Any two colours of the palette differ by 51 or more in some channel, so at most one is that near.
    static func near(_ colour: SIMD3<UInt8>) -> FaceMaskClass? {
        allCases.first { kind in
            let distance = SIMD3<Int16>(truncatingIfNeeded: colour) &- SIMD3<Int16>(truncatingIfNeeded: kind.colour)
            return max(abs(distance.x), abs(distance.y), abs(distance.z)) <= 24
        }
    }
}
