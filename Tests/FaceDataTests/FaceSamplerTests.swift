import FaceData
import Testing

@Suite struct FaceSamplerTests {
    @Test func facesDependOnSeedAndIndexOnly() {
        let forwards = (0..<50).map(FaceSampler(seed: 7).parameters(of:))
        let backwards = (0..<50).reversed().map(FaceSampler(seed: 7).parameters(of:))
        #expect(forwards == backwards.reversed())
        #expect(forwards != (0..<50).map(FaceSampler(seed: 8).parameters(of:)))
        #expect(Set(forwards).count == 50)
    }

    @Test func splitsShareNoFace() {
        let seeds = FaceSplit.allCases.map { $0.seed(base: 1) }
        #expect(Set(seeds).count == FaceSplit.allCases.count)
        let latents = seeds.flatMap { seed in (0..<300).map(FaceSampler(seed: seed).latent(of:)) }
        #expect(Set(latents).count == latents.count)
    }

    @Test func latentsAreStandardNormal() {
        #expect(FaceSampler.dimension <= 64)
        let values = (0..<2000).flatMap(FaceSampler(seed: 3).latent(of:)).map(Double.init)
        #expect(values.count == 2000 * FaceSampler.dimension)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
        let fourth = values.map { ($0 - mean) * ($0 - mean) * ($0 - mean) * ($0 - mean) }.reduce(0, +)
        #expect(abs(mean) < 0.02)
        #expect(abs(variance - 1) < 0.02)
        #expect(abs(fourth / Double(values.count) - 3) < 0.15)
    }

    @Test func everyAttributeIsCommonEnoughToLearn() {
        let faces = (0..<6000).map(FaceSampler(seed: 11).parameters(of:))
        for attribute in FaceAttribute.allCases {
            let share = Double(faces.count { $0[attribute] }) / Double(faces.count)
            #expect(share > 0.08 && share < 0.62, "\(attribute.name) \(share)")
        }
    }

    @Test func attributesThatExcludeEachOtherNeverMeet() {
        let hair: [FaceAttribute] = [.blackHair, .brownHair, .blondHair, .grayHair, .redHair]
        for face in (0..<3000).map(FaceSampler(seed: 12).parameters(of:)) {
            #expect(hair.count { face[$0] } == (face[.bald] ? 0 : 1))
            #expect(!(face[.chubby] && face[.ovalFace]))
            #expect(!(face[.beard] && face[.goatee]))
            #expect(!(face[.bald] && (face[.bangs] || face[.longHair] || face[.wavyHair] || face[.hat])))
            #expect(!(face[.necklace] && face[.necktie]))
            #expect(face[.male] || !(face[.beard] || face[.goatee] || face[.mustache] || face[.necktie]))
            #expect(!face[.male] || !(face[.lipstick] || face[.heavyMakeup]))
        }
    }

    @Test func anAttributeCanBeForcedWithoutTouchingTheRest() {
        let sampler = FaceSampler(seed: 13)
        for face in 0..<100 {
            let latent = sampler.latent(of: face)
            let with = FaceSampler.parameters(from: latent, forcing: [.eyeglasses: true])
            let without = FaceSampler.parameters(from: latent, forcing: [.eyeglasses: false])
            #expect(with[.eyeglasses] && !without[.eyeglasses])
            let natural = FaceSampler.parameters(from: latent)
            #expect(natural == (natural[.eyeglasses] ? with : without))
            let owned = Set(FaceFeatures.group(named: "Eyeglasses")?.indices ?? [])
            for index in 0..<FaceFeatures.count where !owned.contains(index) {
                #expect(with.features[index] == without.features[index])
            }
        }
    }

    @Test(arguments: FaceAttribute.allCases)
    func forcingWorksForEveryAttribute(attribute: FaceAttribute) {
        let sampler = FaceSampler(seed: 14)
        var forced = 0
        for face in 0..<60 {
            let latent = sampler.latent(of: face)
            #expect(!FaceSampler.parameters(from: latent, forcing: [attribute: false])[attribute])
            if FaceSampler.parameters(from: latent, forcing: [attribute: true])[attribute] { forced += 1 }
        }
        #expect(forced >= 30, "a thing can be impossible on some heads, such as a fringe under a hat, not on most")
    }
}
