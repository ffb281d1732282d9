import TediGAN
import Testing
import Torch

/// Bytes that repeat nowhere; the references below were computed from the same ones.
private func noise(_ count: Int, below limit: UInt32 = 256) -> [UInt8] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8((state >> 24) % limit)
    }
}

private func refusal(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}

@Suite("Label maps")
struct LabelMapTests {
    private let all = (0..<19).map { UInt8($0) }

    @Test("Every class goes to its colour and back")
    func palette() throws {
        let map = try LabelMap(width: 19, height: 1, ids: all)
        #expect(map.paletteBytes.count == 57)
        #expect(Array(map.paletteBytes[39..<42]) == [0, 0, 204])
        #expect(try LabelMap(width: 19, height: 1, palette: map.paletteBytes) == map)
        #expect(FaceRegion.allCases.map(\.rawValue) == all)
        #expect(map[13, 0] == .hair)
    }

    @Test("No colour within the tolerance belongs to two classes")
    func distances() {
        for a in FaceRegion.allCases {
            for b in FaceRegion.allCases where a != b {
                let distances = (0..<3).map { abs(Int(a.colour[$0]) - Int(b.colour[$0])) }
                #expect((distances.max() ?? 0) > 2 * LabelMap.tolerance)
            }
        }
    }

    @Test("Colours a little off are taken for the nearest, others refused with their place")
    func tolerance() throws {
        var bytes = try LabelMap(width: 3, height: 2, ids: [0, 1, 2, 3, 4, 5]).paletteBytes
        (bytes[0], bytes[3], bytes[13]) = (24, 204 - 24, 51 + 24)
        #expect(try LabelMap(width: 3, height: 2, palette: bytes).ids == [0, 1, 2, 3, 4, 5])
        bytes[13] = 51 + 25
        let text = refusal { _ = try LabelMap(width: 3, height: 2, palette: bytes) }
        #expect(text.contains("(51, 76, 255) at column 1, row 1"))
    }

    @Test("Numbers above 18 are refused with their place")
    func numbers() {
        #expect(
            refusal { _ = try LabelMap(width: 3, height: 2, ids: [0, 1, 2, 3, 18, 19]) }
                .contains("the number 19 at column 2, row 1"))
        #expect(refusal { _ = try LabelMap(width: 2, height: 1, biSeNet: [255, 0]) }.contains("the number 255"))
    }

    @Test("The order of BiSeNet names every class once, by its names")
    func biSeNet() throws {
        let names = [
            "background", "skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "l_ear", "r_ear", "ear_r", "nose",
            "mouth", "u_lip", "l_lip", "neck", "neck_l", "cloth", "hair", "hat",
        ]
        #expect(FaceRegion.biSeNetOrder.map(\.name) == names)
        #expect(Set(FaceRegion.biSeNetOrder) == Set(FaceRegion.allCases))
        #expect(try LabelMap(width: 19, height: 1, biSeNet: all).ids == FaceRegion.biSeNetOrder.map(\.rawValue))
    }

    @Test("Regions can be taken for others")
    func remapping() throws {
        let map = try LabelMap(width: 19, height: 1, ids: all).remapped { $0 == .hat ? .hair : $0 }
        #expect(map[14, 0] == .hair)
        #expect(map.ids.enumerated().allSatisfy { $0.offset == 14 || Int($0.element) == $0.offset })
    }

    @Test("One-hot channels hold one 1 for each pixel")
    func oneHot() throws {
        let map = try LabelMap(width: 5, height: 4, ids: noise(20, below: 19))
        let tensor = try map.oneHot()
        #expect(tensor.shape == [1, 19, 4, 5])
        #expect(tensor.dtype == .float32)
        let values = try tensor.floats()
        for place in 0..<20 {
            for region in 0..<19 {
                #expect(values[region * 20 + place] == (Int(map.ids[place]) == region ? 1 : 0))
            }
        }
    }

    @Test("The nearest pixel keeps classes, as Pillow chooses them")
    func nearest() throws {
        let map = try LabelMap(width: 8, height: 2, ids: [1, 1, 1, 1, 6, 6, 6, 6, 1, 1, 1, 1, 6, 6, 6, 6])
        for (width, height) in [(3, 2), (5, 1), (20, 9), (1, 1), (8, 2)] {
            let other = try map.resized(width: width, height: height)
            #expect((other.width, other.height, other.ids.count) == (width, height, width * height))
            #expect(Set(other.ids).isSubset(of: [1, 6]))
        }
        let expected: [UInt8] = [94, 180, 94, 4, 64, 151, 18, 33, 149, 192, 45, 251].map { $0 % 19 }
        let coarse = try LabelMap(width: 7, height: 5, ids: noise(35).map { $0 % 19 }).resized(width: 3, height: 4)
        #expect(coarse.ids == expected)
    }

    @Test("The published way invents classes, just those that Pillow does")
    func published() throws {
        let edge = try LabelMap(width: 8, height: 1, ids: [1, 1, 1, 6, 6, 6, 6, 6])
        #expect(!Set(try edge.resized(width: 4, height: 1, .published).ids).isSubset(of: [1, 6]))
        let map = try LabelMap(width: 8, height: 6, ids: noise(48, below: 19))
        #expect(try map.resized(width: 3, height: 3, .published).ids == [10, 12, 9, 9, 8, 9, 7, 4, 9])
        #expect(try map.resized(width: 8, height: 6, .published) == map)
    }

    @Test("Sizes beyond the limits are refused")
    func limits() throws {
        let map = try LabelMap(width: 1, height: 1, ids: [3])
        #expect(refusal { _ = try LabelMap(width: 0, height: 1, ids: []) }.contains("sides go from 1 to 8192"))
        #expect(refusal { _ = try LabelMap(width: 8193, height: 1, ids: []) }.contains("sides go from 1 to 8192"))
        #expect(refusal { _ = try LabelMap(width: 2, height: 2, ids: [1]) }.contains("takes 4 bytes, not 1"))
        #expect(refusal { _ = try LabelMap(width: 2, height: 2, palette: [1]) }.contains("takes 12 bytes, not 1"))
        #expect(refusal { _ = try map.resized(width: .max, height: .max) }.contains("sides go from 1 to 8192"))
        let wide = try map.resized(width: 2049, height: 1)
        #expect(refusal { _ = try wide.oneHot() }.contains("sides go from 1 to 2048"))
    }
}

@Suite("Photos and sketches for encoders")
struct PhotoInputTests {
    /// FNV-1a of 64 bits.
    private func digest(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    @Test(
        "Photos are resized to the byte as by Pillow and OpenCV",
        arguments: [
            (61, 47, 32, 0xe159_190a_8db5_6b74, 0x97c5_3112_7788_9e2c),
            (64, 64, 32, 0x4be5_5978_e2c3_3629, 0x4459_5c09_000b_738e),
            (20, 33, 64, 0x0ea7_feaa_39dc_2dfd, 0x2395_c4ab_7bf3_aaf6),
            (128, 100, 50, 0xa3bb_e003_aaeb_3e67, 0x07db_5c09_fdc6_760c),
        ] as [(Int, Int, Int, UInt64, UInt64)])
    func resizing(width: Int, height: Int, side: Int, pillow: UInt64, openCV: UInt64) throws {
        let photo = try PhotoInput(width: width, height: height, pixels: noise(width * height * 3))
        let tensor = try photo.tensor(side: side)
        #expect(tensor.shape == [1, 3, side, side])
        #expect(digest(try tensor.imageBytes()) == pillow)
        #expect(digest(try photo.tensor(side: side, .published).imageBytes()) == openCV)
    }

    @Test("A photo is given in -1...1, channel by channel")
    func range() throws {
        let photo = try PhotoInput(width: 1, height: 1, pixels: [0, 255, 51])
        let values = try photo.tensor(side: 1).floats()
        #expect(values.count == 3)
        for (value, expected) in zip(values, [-1, 1, -0.6] as [Float]) { #expect(abs(value - expected) < 1e-6) }
        #expect(try photo.tensor(side: 2, .published).floats().prefix(4) == [-1, -1, -1, -1])
    }

    @Test("A sketch is given in 0...1, as Pillow resizes it")
    func sketch() throws {
        let sketch = try SketchInput(width: 7, height: 5, pixels: noise(35))
        let tensor = try sketch.tensor(width: 3, height: 4)
        #expect(tensor.shape == [1, 1, 4, 3])
        let expected: [Float] = [89, 113, 127, 124, 120, 144, 93, 112, 128, 126, 112, 155].map { $0 / 255 }
        #expect(try tensor.floats() == expected)
        #expect(try SketchInput(width: 1, height: 1, pixels: [255]).tensor().floats().allSatisfy { $0 == 1 })
    }

    @Test("Sizes beyond the limits are refused")
    func limits() throws {
        #expect(refusal { _ = try PhotoInput(width: 1, height: 8193, pixels: []) }.contains("from 1 to 8192"))
        #expect(refusal { _ = try SketchInput(width: 2, height: 1, pixels: [1]) }.contains("takes 2 bytes, not 1"))
        let photo = try PhotoInput(width: 1, height: 1, pixels: [1, 2, 3])
        let sketch = try SketchInput(width: 1, height: 1, pixels: [1])
        for side in [0, 2049, Int.max] {
            #expect(refusal { _ = try photo.tensor(side: side) }.contains("from 1 to 2048"))
            #expect(refusal { _ = try sketch.tensor(width: side, height: 1) }.contains("from 1 to 2048"))
        }
    }
}
