import FaceData
import Testing

@Suite("Points of drawn faces")
struct FacePlacesTests {
    @Test("Points lie on what they are named after, at any size", arguments: [64, 200])
    func masks(size: Int) {
        var covered = 0
        for index in 0..<120 {
            let face = FaceSampler(seed: 12).parameters(of: index)
            let mask = FaceRenderer.render(face, size: size).mask
            let places = FaceRenderer.places(of: face.code, size: size)
            func kinds(around place: SIMD2<Float>, radius: Int) -> Set<FaceMaskClass> {
                var found: Set<FaceMaskClass> = []
                let (column, row) = (Int(place.x.rounded()), Int(place.y.rounded()))
                for y in max(0, row - radius)...min(size - 1, row + radius) {
                    for x in max(0, column - radius)...min(size - 1, column + radius) {
                        if let kind = FaceMaskClass(rawValue: mask[y * size + x]) { found.insert(kind) }
                    }
                }
                return found
            }
            // The mask's left is the subject's; glasses hide the eyes behind them nowhere but at their frames.
            let near = size / 32
            #expect(kinds(around: places.leftEye, radius: near).contains(.rightEye))
            #expect(kinds(around: places.rightEye, radius: near).contains(.leftEye))
            #expect(kinds(around: places.nose, radius: near).contains(.nose))
            let lips: Set<FaceMaskClass> = [.upperLip, .lowerLip, .mouth]
            for corner in [places.leftMouth, places.rightMouth]
            where kinds(around: corner, radius: near).isDisjoint(with: lips) { covered += 1 }
            #expect(places.leftMouth.x < places.rightMouth.x && places.leftEye.x < places.rightEye.x)
        }
        // A mustache covers a corner here and there.
        #expect(covered <= 6)
    }

    @Test("Points are those of the same face at every size")
    func sizes() {
        let code = FaceSampler(seed: 12).parameters(of: 5).code
        let small = FaceRenderer.places(of: code, size: 64).all
        let large = FaceRenderer.places(of: code, size: 256).all
        for (one, other) in zip(small, large) {
            let moved = (one + 0.5) * 4 - 0.5
            #expect(abs(moved.x - other.x) < 1e-3 && abs(moved.y - other.y) < 1e-3)
        }
    }
}
