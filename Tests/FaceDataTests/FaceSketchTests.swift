import FaceData
import Testing

@Suite("Sketches of any picture")
struct FaceSketchTests {
    @Test("A square picture gives the sketch of its drawn face")
    func square() {
        let face = FaceRenderer.render(FaceSampler(seed: 4).parameters(of: 0), size: 32, sketch: true)
        #expect(FaceSketch.draw(pixels: face.pixels, mask: face.mask, width: 32, height: 32) == face.sketch)
    }

    @Test("Lines are where brightness changes, and where the class does, whatever the shape")
    func wide() {
        // Left half black, right half white; the class changes in the middle row.
        let pixels = (0..<3).flatMap { _ in (0..<8).flatMap { [UInt8](repeating: $0 < 4 ? 0 : 255, count: 3) } }
        let plain = FaceSketch.draw(pixels: pixels, mask: nil, width: 8, height: 3)
        for row in 0..<3 { #expect(plain[row * 8..<row * 8 + 8] == [255, 255, 255, 0, 0, 255, 255, 255]) }
        let mask = [UInt8](repeating: 1, count: 8) + [UInt8](repeating: 2, count: 16)
        let parts = FaceSketch.draw(pixels: pixels, mask: mask, width: 8, height: 3)
        #expect(parts[0..<8] == [105, 105, 105, 0, 0, 105, 105, 105] && parts[8...] == plain[8...])
    }
}
