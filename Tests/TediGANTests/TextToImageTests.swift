import TediGAN
import Testing

@Suite("Text to image")
struct TextToImageTests {
    private let captions = [
        "a man with a beard", "she has blond hair", "no beard and black hair", "a woman with a hat",
    ]

    private func requests(_ count: Int) -> [TextToImageRequest] {
        (0..<count).map { index in
            TextToImageRequest(caption: captions[index % 4], seed: 5, sample: index / 4)
        }
    }

    @Test("The same requests give the same bytes; others give other images")
    func determinism() throws {
        try SmallModel.withPack { pack in
            let first = try TextToImage(pack: pack).generate(requests(8))
            let again = try TextToImage(pack: pack).generate(requests(8))
            #expect(first == again)
            #expect(Set(first.map(\.pixels)).count == 8)
            #expect(first[0].width == 16 && first[0].height == 16 && first[0].pixels.count == 768)
            #expect(first[0].code.count == 96)
            #expect(
                first[1].attributes == [
                    NamedAttribute(attribute: "Male", isPresent: false),
                    NamedAttribute(attribute: "Blond_Hair", isPresent: true),
                ])
        }
    }

    @Test("An image does not depend on the batch it is made in", arguments: [false, true])
    func batches(randomizesNoise: Bool) throws {
        try SmallModel.withPack { pack in
            let pipeline = try TextToImage(pack: pack, randomizesNoise: randomizesNoise)
            let together = try pipeline.generate(requests(16))
            for (index, request) in requests(16).enumerated() {
                let alone = try pipeline.generate([request])[0]
                #expect(alone.styleCandidate == together[index].styleCandidate)
                let worst = zip(alone.pixels, together[index].pixels).map { abs(Int($0) - Int($1)) }.max()
                #expect(try #require(worst) <= 1, "request \(index)")
            }
            let turned = try pipeline.generate(requests(16).reversed())
            for (mine, theirs) in zip(together, turned.reversed()) {
                let worst = zip(mine.pixels, theirs.pixels).map { abs(Int($0) - Int($1)) }.max()
                #expect(try #require(worst) <= 1)
            }
        }
    }

    @Test("Noise of its own changes an image, and is repeatable")
    func noise() throws {
        try SmallModel.withPack { pack in
            let fixed = try TextToImage(pack: pack).generate(requests(1))
            let random = try TextToImage(pack: pack, randomizesNoise: true).generate(requests(1))
            #expect(fixed[0].code == random[0].code)
            #expect(fixed[0].pixels != random[0].pixels)
            #expect(try TextToImage(pack: pack, randomizesNoise: true).generate(requests(1)) == random)
        }
    }

    @Test("The named layers' directions are the same in all samples of a caption, the rest differ")
    func diversity() throws {
        try SmallModel.withPack { pack in
            let faces = try TextToImage(pack: pack).generate(
                (0..<6).map { TextToImageRequest(caption: "a man with a hat", seed: 3, sample: $0) })
            // The small policy gives layers 0 and 1 to Male as a whole.
            for face in faces {
                for (mine, first) in zip(face.code[..<32], faces[0].code[..<32]) { #expect(abs(mine - first) < 1e-5) }
            }
            #expect(Set(faces.map { $0.code[32...] }).count == 6)
        }
    }

    @Test("Truncation 0 leaves no variety in the truncated layers; requests may differ in it")
    func truncation() throws {
        try SmallModel.withPack { pack in
            let pipeline = try TextToImage(pack: pack)
            let faces = try pipeline.generate(
                [0, 0, 1].enumerated().map { index, psi in
                    TextToImageRequest(caption: "blond hair", seed: 1, sample: index, truncation: Double(psi))
                })
            #expect(faces[0].code[..<48] == faces[1].code[..<48])
            #expect(faces[0].code[..<48] != faces[2].code[..<48])
            #expect(throws: TediGANError.self) {
                try pipeline.generate([TextToImageRequest(caption: "a man", seed: 1, truncation: -1)])
            }
        }
    }

    @Test("A caption that names nothing known is refused", arguments: ["", "zebra", "a hat", "hair", "\u{0}"])
    func nothing(caption: String) throws {
        try SmallModel.withPack { pack in
            let pipeline = try TextToImage(pack: pack)
            let error = try #require(throws: TediGANError.self) { try pipeline.read(caption) }
            guard case .nothingNamed(let named) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(named == caption)
        }
    }

    @Test("Words beyond the limit are not read")
    func limit() throws {
        try SmallModel.withPack { pack in
            let pipeline = try TextToImage(pack: pack)
            let long = Array(repeating: "a", count: 19).joined(separator: " unknown ") + " man beard"
            let (ids, attributes) = try pipeline.read(long)
            #expect(ids.count == 20)
            #expect(attributes.map(\.attribute) == ["Male"])
        }
    }

    @Test("No request, no image; too many are refused")
    func sizes() throws {
        try SmallModel.withPack { pack in
            let pipeline = try TextToImage(pack: pack)
            #expect(try pipeline.generate([]).isEmpty)
            #expect(throws: TediGANError.self) {
                try pipeline.generate(Array(repeating: requests(1)[0], count: 1025))
            }
        }
    }
}
