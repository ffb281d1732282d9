import FaceData
import Images
import Testing

@Suite struct FaceRendererTests {
    static let faces = (0..<200).map(FaceSampler(seed: 31).parameters(of:))

    @Test func sameFaceSamePicture() {
        for face in Self.faces.prefix(10) {
            #expect(FaceRenderer.render(face, size: 64) == FaceRenderer.render(face, size: 64))
        }
        #expect(Set(Self.faces.prefix(50).map { FaceRenderer.render($0, size: 32).pixels }).count == 50)
    }

    @Test(arguments: [16, 17, 64, 101, 256, 1024])
    func anySize(size: Int) throws {
        let face = FaceRenderer.render(Self.faces[0], size: size, sketch: true)
        #expect(face.pixels.count == size * size * 3)
        #expect(face.mask.count == size * size)
        #expect(face.sketch?.count == size * size)
        #expect(try face.image.width == size)
    }

    @Test func sizesOutOfRangeAreCut() {
        #expect(FaceRenderer.render(Self.faces[0], size: -5).size == 16)
        #expect(FaceRenderer.render(Self.faces[0], size: 4000).size == 1024)
    }

    @Test("A larger picture, averaged down, is the smaller picture")
    func sizesAgree() {
        for face in Self.faces.prefix(8) {
            let small = FaceRenderer.render(face, size: 64).pixels
            let large = FaceRenderer.render(face, size: 256).pixels
            var difference = 0
            for y in 0..<64 {
                for x in 0..<64 {
                    for channel in 0..<3 {
                        var sum = 0
                        for dy in 0..<4 {
                            for dx in 0..<4 { sum += Int(large[((y * 4 + dy) * 256 + x * 4 + dx) * 3 + channel]) }
                        }
                        difference += abs(sum / 16 - Int(small[(y * 64 + x) * 3 + channel]))
                    }
                }
            }
            #expect(Double(difference) / Double(64 * 64 * 3) < 3)
        }
    }

    @Test("Edges are soft: a shift by a thirtieth of a pixel never flips a pixel")
    func antiAliasing() {
        for face in Self.faces.prefix(40) {
            var moved = face.code
            // The head moves by 0.045 per unit of the view, which is 32 pixels to the unit at this size.
            moved[.shiftX] += 1 / (30 * 0.045 * 32)
            let before = FaceRenderer.render(face, size: 64).pixels
            let after = FaceRenderer.render(moved, size: 64).pixels
            let jumps = zip(before, after).map { abs(Int($0) - Int($1)) }
            // Distances are first-order, so steep curves are sharper than straight edges; a hard edge would jump
            // by the whole contrast, 150 and more between teeth and mouth or frame and skin.
            #expect((jumps.max() ?? 0) < 60)
            #expect(jumps.contains { $0 > 0 })
        }
    }

    @Test func bulkDrawingEqualsSingleDrawing() {
        let codes = Self.faces.prefix(11).map(\.code)
        for threads in [1, 2, 5, 40] {
            var pixels = [UInt8](repeating: 0, count: codes.count * 32 * 32 * 3)
            var masks = [UInt8](repeating: 0, count: codes.count * 32 * 32)
            FaceRenderer.render(codes, size: 32, threads: threads, into: &pixels, masks: &masks)
            let single = codes.map { FaceRenderer.render($0, size: 32) }
            #expect(pixels == single.flatMap(\.pixels))
            #expect(masks == single.flatMap(\.mask))
            var alone = [UInt8](repeating: 0, count: pixels.count)
            FaceRenderer.render(codes, size: 32, threads: threads, into: &alone)
            #expect(alone == pixels)
        }
        var nothing: [UInt8] = []
        FaceRenderer.render([], size: 32, threads: 2, into: &nothing)
        #expect(nothing.isEmpty)
    }

    @Test("Every attribute changes many pixels at 64 px", arguments: FaceAttribute.allCases)
    func attributesAreVisible(attribute: FaceAttribute) {
        var counts: [Int] = []
        for face in 0..<60 {
            let latent = FaceSampler(seed: 32).latent(of: face)
            let with = FaceSampler.parameters(from: latent, forcing: [attribute: true])
            let without = FaceSampler.parameters(from: latent, forcing: [attribute: false])
            guard with[attribute] != without[attribute] else { continue }
            let first = FaceRenderer.render(with, size: 64).pixels
            let second = FaceRenderer.render(without, size: 64).pixels
            counts.append(
                (0..<64 * 64).count { index in
                    (0..<3).contains { abs(Int(first[index * 3 + $0]) - Int(second[index * 3 + $0])) > 24 }
                })
        }
        counts.sort()
        #expect(counts.count >= 20)
        #expect(counts[counts.count / 2] >= 30, "median of changed pixels \(counts[counts.count / 2])")
    }

    @Test func sketchesAreDarkLinesOnWhite() throws {
        #expect(FaceRenderer.render(Self.faces[0], size: 64).sketch == nil)
        for face in Self.faces.prefix(10) {
            let sketch = try #require(FaceRenderer.render(face, size: 64, sketch: true).sketch)
            let white = Double(sketch.count { $0 > 200 }) / Double(sketch.count)
            let dark = Double(sketch.count { $0 < 128 }) / Double(sketch.count)
            #expect(white > 0.4 && white < 0.95)
            #expect(dark > 0.03 && dark < 0.5)
        }
    }
}
