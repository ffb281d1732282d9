import FaceData
import Testing

@Suite struct FaceFeatureTests {
    static let faces = (0..<40).map(FaceSampler(seed: 21).parameters(of:))

    /// Features that are always drawn, so that zero is a value like any other.
    static let alwaysDrawn: [FaceFeature] = [
        .yaw, .roll, .shiftX, .shiftY, .zoom, .male, .faceWidth, .faceLength, .jaw, .chubby, .age, .eyeSize,
        .eyeSpacing,
        .eyeOpening, .browThickness, .browArch, .browHeight, .noseWidth, .noseLength, .mouthWidth, .mouthCurve,
        .mouthOpening, .lipThickness, .skinRed, .irisRed, .hairRed, .clothesRed, .backgroundRed, .rosyCheeks,
    ]

    @Test func codesFitTheContract() {
        #expect(FaceFeatures.count <= 96)
        #expect(Set(FaceFeatures.names).count == FaceFeatures.count)
        for face in Self.faces {
            #expect(face.features.count == FaceFeatures.count)
            #expect(face.features.allSatisfy { $0 >= -1 && $0 <= 1 })
        }
    }

    @Test("A feature that is drawn changes pixels when it changes")
    func everyFeatureShows() {
        var shown: Set<FaceFeature> = []
        for face in Self.faces {
            let picture = FaceRenderer.render(face, size: 64).pixels
            for feature in FaceFeature.allCases where face.code[feature] != 0 || Self.alwaysDrawn.contains(feature) {
                var changed = face.code
                changed[feature] += changed[feature] > 0.5 ? -0.3 : 0.3
                #expect(FaceRenderer.render(changed, size: 64).pixels != picture, "\(feature)")
                shown.insert(feature)
            }
        }
        #expect(shown == Set(FaceFeature.allCases))
    }

    @Test func unseenChoicesLeaveTheCodeAlone() {
        let sampler = FaceSampler(seed: 22)
        var compared = 0
        for face in 0..<400 {
            let latent = sampler.latent(of: face)
            for column in latent.indices {
                var other = latent
                other[column] = -other[column]
                let first = FaceSampler.parameters(from: latent)
                let second = FaceSampler.parameters(from: other)
                guard first.code == second.code else { continue }
                compared += 1
                #expect(first.attributes == second.attributes, "an attribute that cannot be seen in the code")
            }
        }
        #expect(compared > 1000, "many columns matter only where their thing is drawn")
    }

    @Test func whatIsNotDrawnIsZero() {
        for face in Self.faces {
            let gates: [(FaceAttribute, [FaceFeature])] = [
                (.hat, [.brimHat, .beanie, .hatRed, .hatGreen, .hatBlue]),
                (.eyeglasses, [.roundGlasses, .squareGlasses, .frameRed, .frameGreen, .frameBlue]),
                (.earrings, [.earrings, .earringRed, .earringGreen, .earringBlue]),
                (.necklace, [.necklace, .necklaceRed, .necklaceGreen, .necklaceBlue]),
                (.necktie, [.necktie, .tieRed, .tieGreen, .tieBlue]),
                (.lipstick, [.lipstick, .lipRed, .lipGreen, .lipBlue]),
                (.heavyMakeup, [.makeup, .shadowRed, .shadowGreen, .shadowBlue]),
            ]
            for (attribute, features) in gates {
                #expect(face[attribute] == features.contains { face.code[$0] != 0 }, "\(attribute.name)")
            }
        }
    }

    @Test func groupsNameEveryAttributeAndCoverEveryFeature() {
        #expect(FaceFeatures.groups.filter(\.isAttribute).map(\.name) == FaceAttribute.allCases.map(\.name))
        #expect(Set(FaceFeatures.groups.flatMap(\.indices)) == Set(0..<FaceFeatures.count))
        #expect(FaceFeatures.group(named: "Blond_Hair")?.indices == FaceFeatures.group(named: "Gray_Hair")?.indices)
        #expect(FaceFeatures.group(named: "Blond_Hair")?.kind == .colour)
        #expect(FaceFeatures.group(named: "Bald")?.kind == .shape)
        #expect(FaceFeatures.group(named: "Rosy_Cheeks")?.kind == .shape)
        #expect(FaceFeatures.group(named: "pose")?.isAttribute == false)
        let colours = Set(FaceFeatures.colourIndices)
        for group in FaceFeatures.groups where group.kind == .colour {
            #expect(colours.isSuperset(of: group.indices), "\(group.name)")
        }
    }

    @Test("Forcing an attribute changes features that its group owns", arguments: FaceAttribute.allCases)
    func groupsOwnWhatTheirAttributeChanges(attribute: FaceAttribute) throws {
        let group = try #require(FaceFeatures.group(named: attribute.name))
        let sampler = FaceSampler(seed: 23)
        for face in 0..<40 {
            let latent = sampler.latent(of: face)
            let with = FaceSampler.parameters(from: latent, forcing: [attribute: true])
            let without = FaceSampler.parameters(from: latent, forcing: [attribute: false])
            guard with[attribute] != without[attribute] else { continue }
            #expect(group.indices.contains { with.features[$0] != without.features[$0] })
        }
    }

    @Test func codesAreBuiltFromValues() {
        let code = Self.faces[0].code
        #expect(FaceCode(values: code.values) == code)
        #expect(FaceCode(values: [0.5]).values.count == FaceFeatures.count)
        #expect(FaceCode(values: [Float](repeating: 1, count: 500)).values.count == FaceFeatures.count)
    }
}
