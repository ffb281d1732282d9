import TediGAN
import Testing

@Suite("Inversion and text-guided edits")
struct ManipulationTests {
    private let photo: PhotoInput

    init() throws {
        photo = try PhotoInput(width: 16, height: 16, pixels: SmallParts.bytes(768))
    }

    @Test("Inversion improves on the encoder's guess, with the terms that the pack allows", arguments: [false, true])
    func inversion(hasFeatures: Bool) throws {
        try SmallParts.withPack(adding: hasFeatures ? [SmallParts.perceptual()] : []) { pack in
            let inversion = try Inversion(pack: pack)
            #expect(
                inversion.terms.map(\.name)
                    == (hasFeatures ? ["pixel", "perceptual", "encoder"] : ["pixel", "encoder"]))
            var seen: [Int] = []
            let result = try inversion.run(photo, steps: 12) { seen.append($0.step) }
            #expect(seen == Array(0...12))
            #expect(result.reports.count == 13)
            #expect(result.bestTotal < result.reports[0].total)
            #expect(result.bestTotal == result.reports.map(\.total).min())
            let conditioning = Conditioning(pack: pack)
            let guess = try inversion.run(photo, steps: 0)
            #expect(guess.code == (try conditioning.code(of: .photo(photo))))
            #expect(guess.pixels == guess.startPixels && guess.pixels == result.startPixels)
            #expect(throws: TediGANError.self) { try inversion.run(photo, steps: -1) }
        }
    }

    @Test("An edit leaves unnamed layers alone; its variants differ where the caption speaks, and only there")
    func edit() throws {
        try SmallModel.withPack { pack in
            let edit = try TextGuidedEdit(pack: pack)
            let base = Condition.noise(SampleKey(seed: 9))
            let none = try edit.run(base, caption: "he has a beard", strength: 0)
            #expect(none.edits[0].code == none.base.code && none.edits[0].pixels == none.base.pixels)
            let result = try edit.run(base, caption: "he has a beard", variants: 4)
            #expect(result.attributes.map(\.attribute) == ["Male", "Beard"])
            #expect(Set(result.edits.map(\.code)).count == 4)
            for variant in result.edits {
                #expect(variant.pixels != result.base.pixels)
                for layer in 3..<6 { #expect(variant.code[layer: layer] == result.base.code[layer: layer]) }
            }
            // The whole layers of the first one are the caption's.
            let text = try edit.conditioning.code(of: .caption("he has a beard"))
            #expect(zip(result.edits[0].code[layer: 0], text[layer: 0]).allSatisfy { abs($0 - $1) < 1e-5 })
            let again = try edit.run(base, caption: "he has a beard", variants: 2)
            #expect(again.edits.map(\.pixels) == result.edits.prefix(2).map(\.pixels))
            let other = try edit.run(base, caption: "he has a beard", variants: 2, key: SampleKey(seed: 2))
            #expect(other.edits[0].code == result.edits[0].code && other.edits[1].code != result.edits[1].code)
        }
    }

    @Test("More variants than the pack has candidates are still as many")
    func many() throws {
        try SmallModel.withPack { pack in
            let edits = try TextGuidedEdit(pack: pack).run(.photo(photo), caption: "a man", variants: 12).edits
            #expect(Set(edits.map(\.code)).count == 12)
        }
    }

    @Test("What cannot be done is refused")
    func refusals() throws {
        try SmallModel.withPack { pack in
            let edit = try TextGuidedEdit(pack: pack)
            #expect(throws: TediGANError.self) { try edit.run(.photo(photo), caption: "zebra") }
            #expect(throws: TediGANError.self) { try edit.run(.photo(photo), caption: "a man", strength: .nan) }
            #expect(throws: TediGANError.self) { try edit.run(.photo(photo), caption: "a man", variants: 0) }
            let foreign = LatentCode(layers: 1, width: 1, values: [0])
            #expect(throws: TediGANError.self) { try edit.run(.code(foreign), caption: "a man") }
        }
    }
}
