import FaceData
import Testing

@Suite struct FaceMaskTests {
    static let faces = (0..<200).map(FaceSampler(seed: 41).parameters(of:))

    @Test func classesAreThoseOfCelebAMaskHQ() {
        #expect(FaceMaskClass.allCases.count == 19)
        #expect(FaceMaskClass.eyeglasses.rawValue == 3)
        #expect(FaceMaskClass.leftEye.rawValue == 4)
        #expect(FaceMaskClass.mouth.rawValue == 10)
        #expect(FaceMaskClass.hair.rawValue == 13)
        #expect(FaceMaskClass.hat.rawValue == 14)
        #expect(FaceMaskClass.earring.rawValue == 15)
        #expect(FaceMaskClass.necklace.rawValue == 16)
        #expect(FaceMaskClass.cloth.rawValue == 18)
    }

    @Test func masksAgreeWithAttributes() {
        for face in Self.faces {
            let classes = Set(FaceRenderer.render(face, size: 64).mask)
            #expect(classes.allSatisfy { $0 < 19 })
            let signs: [(FaceAttribute, FaceMaskClass)] = [
                (.eyeglasses, .eyeglasses), (.hat, .hat), (.earrings, .earring), (.necklace, .necklace),
            ]
            for (attribute, part) in signs {
                #expect(classes.contains(part.rawValue) == face[attribute], "\(attribute.name)")
            }
            let always: [FaceMaskClass] = [
                .background, .skin, .nose, .leftEye, .rightEye, .leftBrow, .rightBrow, .mouth, .cloth, .neck,
            ]
            for part in always { #expect(classes.contains(part.rawValue), "\(part)") }
            let hairless = face[.bald] && !face[.beard] && !face[.goatee] && !face[.mustache]
            #expect(classes.contains(FaceMaskClass.hair.rawValue) == !hairless)
        }
    }

    @Test("Left and right are the subject's: the left eye is on the right of the picture")
    func sides() {
        for face in Self.faces.prefix(40) {
            let mask = FaceRenderer.render(face, size: 64).mask
            for (left, right) in [(FaceMaskClass.leftEye, FaceMaskClass.rightEye), (.leftBrow, .rightBrow)] {
                #expect(column(of: left, in: mask) > column(of: right, in: mask))
            }
        }
    }

    @Test("At 64 px, what is worn covers enough pixels to be seen")
    func areas() {
        let least: [(FaceAttribute, FaceMaskClass, Int)] = [
            (.eyeglasses, .eyeglasses, 70), (.hat, .hat, 250), (.earrings, .earring, 30), (.necklace, .necklace, 40),
        ]
        for face in Self.faces {
            let mask = FaceRenderer.render(face, size: 64).mask
            for (attribute, part, pixels) in least where face[attribute] {
                #expect(mask.count { $0 == part.rawValue } >= pixels, "\(attribute.name)")
            }
        }
    }

    private func column(of part: FaceMaskClass, in mask: [UInt8]) -> Double {
        let columns = mask.indices.filter { mask[$0] == part.rawValue }.map { Double($0 % 64) }
        return columns.reduce(0, +) / Double(max(columns.count, 1))
    }
}
