import FaceData
import TediGAN
import Testing
import Torch

/// Faces of every kind with the pack that ships.
@Suite("Faces of every kind", .serialized)
struct FaceSynthesisTests {
    private let faces: FaceSynthesis
    private let rendered: [RenderedFace]
    private let photos: [PhotoInput]

    init() throws {
        faces = try FaceSynthesis(pack: DemoPack.open(), rows: 4)
        let sampler = FaceSampler(seed: 77)
        rendered = (0..<3).map { FaceRenderer.render(sampler.parameters(of: $0), size: 64, sketch: true) }
        photos = try rendered.map { try PhotoInput(width: 64, height: 64, pixels: $0.pixels) }
    }

    private func sketch(_ index: Int) throws -> FaceRequest.Shape {
        .sketch(try SketchInput(width: 64, height: 64, pixels: #require(rendered[index].sketch)))
    }

    private func labels(_ index: Int) throws -> FaceRequest.Shape {
        .labels(try LabelMap(width: 64, height: 64, ids: rendered[index].mask))
    }

    private func everyKind() throws -> [FaceRequest] {
        [
            FaceRequest(.generate(nil), caption: "she has blond hair", key: SampleKey(seed: 1)),
            FaceRequest(.generate(nil), key: SampleKey(seed: 2), truncation: 0.5),
            FaceRequest(.generate(try sketch(0)), key: SampleKey(seed: 3)),
            FaceRequest(.generate(try labels(1)), caption: "red hair", key: SampleKey(seed: 4), isScored: true),
            FaceRequest(.manipulate(.photo(photos[0])), caption: "smiling with eyeglasses", isScored: true),
            FaceRequest(.invert(photos[1])),
            FaceRequest(.mix(.photo(photos[1]), .photo(photos[2])), layers: [6, 7, 8, 9], isScored: true),
            FaceRequest(.interpolate([.photo(photos[0]), .photo(photos[2])], frames: 5)),
            FaceRequest(
                .generate(nil), caption: "a man with a beard and a hat", key: SampleKey(seed: 5), bestOf: 3),
        ]
    }

    @Test("A face has the same bytes alone, in company and in any order")
    func company() throws {
        let requests = try everyKind()
        let together = try faces.make(requests)
        let turned = try faces.make(requests.reversed())
        for (index, request) in requests.enumerated() {
            let alone = try faces.make([request])[0]
            // Compared outside of the macro, which would print thousands of numbers.
            let isSame = alone == together[index]
            let isSameTurned = turned[requests.count - 1 - index] == together[index]
            #expect(isSame, "request \(index), alone")
            #expect(isSameTurned, "request \(index), in another order")
        }
        #expect(together[7].frames.count == 5)
        let isMiddle = together[7].pixels == together[7].frames[2]
        #expect(isMiddle)
        let others = Set(together.map(\.pixels)).count
        #expect(others == requests.count)
    }

    @Test("Words alone make what text to image makes in a pass of that size")
    func words() throws {
        let captions = ["she has blond hair", "an old man with a beard", "a woman with glasses", "red hair"]
        let made = try faces.make(
            captions.enumerated().map {
                FaceRequest(.generate(nil), caption: $1, key: SampleKey(seed: 9, sample: UInt64($0)))
            })
        let simple = try TextToImage(pack: DemoPack.open()).generate(
            captions.enumerated().map { TextToImageRequest(caption: $1, seed: 9, sample: $0) })
        for (face, other) in zip(made, simple) {
            let isSame = face.pixels == other.pixels && face.code.values == other.code
            #expect(isSame)
            #expect(face.attributes == other.attributes && face.styleCandidate == other.styleCandidate)
        }
    }

    @Test("A sketch gives the outlines, the seed the colours, and a caption what it names")
    func outlines() throws {
        let made = try faces.make([
            FaceRequest(.generate(try sketch(1)), key: SampleKey(seed: 1)),
            FaceRequest(.generate(try sketch(1)), key: SampleKey(seed: 2)),
            FaceRequest(.generate(try sketch(1)), key: SampleKey(seed: 3), style: 1),
            FaceRequest(.generate(try sketch(1)), caption: "blond hair", key: SampleKey(seed: 1), isScored: true),
            FaceRequest(.generate(try sketch(1)), key: SampleKey(seed: 1), layers: [9]),
            FaceRequest(.generate(try labels(1)), key: SampleKey(seed: 1), isScored: true),
        ])
        #expect(faces.styleLayers == 6..<10)
        let coarse = 6 * 128
        let hasSameOutlines = made[0].code.values[..<coarse] == made[1].code.values[..<coarse]
        let hasOtherColours = made[0].code.values[coarse...] != made[1].code.values[coarse...]
        #expect(hasSameOutlines && hasOtherColours)
        let isTheStylesOwn = made[2].pixels == made[0].pixels
        #expect(isTheStylesOwn)
        #expect(try #require(made[3].scores["similarity"]) > 0.9)
        let keepsMore = made[4].code.values[..<(9 * 128)] != made[0].code.values[..<(9 * 128)]
        #expect(keepsMore)
        // The share of pixels that show another region than the map.
        #expect(try #require(made[5].scores["drift"]) < 0.2)
    }

    @Test("An edit makes what is named, and leaves who it is; its strength counts")
    func edits() throws {
        func edit(_ strength: Double, steps: Int = 0) -> FaceRequest {
            FaceRequest(
                .manipulate(.photo(photos[0]), strength: strength, steps: steps),
                caption: "smiling with eyeglasses", isScored: true)
        }
        let made = try faces.make([
            edit(0), edit(1), edit(1, steps: 6), FaceRequest(.invert(photos[0]), isScored: true),
            FaceRequest(.invert(photos[0], steps: 6), isScored: true),
        ])
        let isUntouched = made[0].pixels == made[3].pixels
        #expect(isUntouched)
        #expect(try #require(made[0].scores["similarity"]) < 0.5)
        #expect(try #require(made[1].scores["similarity"]) > 0.9)
        #expect(try #require(made[1].scores["identity"]) > 0.7)
        #expect(try #require(made[1].scores["drift"]) < 0.2)
        #expect(try #require(made[2].scores["similarity"]) > 0.9)
        let isRefined = made[2].pixels != made[1].pixels
        #expect(isRefined)
        #expect(try #require(made[4].scores["loss"]) > 0 && made[3].scores["loss"] == nil)
        #expect(try #require(made[4].scores["identity"]) > 0.9)
        // A code in the place of the photo that it was read from is edited to the same face.
        let again = try faces.make([
            FaceRequest(.manipulate(.code(made[3].code)), caption: "smiling with eyeglasses")
        ])
        let isSame = again[0].pixels == made[1].pixels
        #expect(isSame)
    }

    @Test("A mix has the rows of both, and a way meets its sources")
    func codes() throws {
        let inverted = try faces.make(photos.map { FaceRequest(.invert($0)) })
        let sources = inverted.map { FaceRequest.Source.code($0.code) }
        let made = try faces.make([
            FaceRequest(.mix(sources[0], sources[1]), layers: [2, 5]), FaceRequest(.interpolate(sources, frames: 7)),
        ])
        for layer in 0..<10 {
            let from = [2, 5].contains(layer) ? inverted[1].code : inverted[0].code
            let isTaken = made[0].code[layer: layer] == from[layer: layer]
            #expect(isTaken, "layer \(layer)")
        }
        let meets = [0, 3, 6].enumerated().allSatisfy { made[1].frames[$1] == inverted[$0].pixels }
        #expect(meets)
        #expect(Set(made[1].frames).count == 7)
    }

    @Test("The best of several fits at least as well as the first, and says which it is")
    func bestOf() throws {
        let caption = "a young woman with red hair, glasses, big lips and a necklace"
        let requests = (0..<3).map { seed in
            FaceRequest(.generate(nil), caption: caption, key: SampleKey(seed: UInt64(seed)), isScored: true)
        }
        let first = try faces.make(requests)
        let best = try faces.make(
            requests.map { request in
                var request = request
                request.bestOf = 6
                return request
            })
        for (one, chosen) in zip(first, best) {
            #expect(try #require(chosen.scores["similarity"]) >= #require(one.scores["similarity"]) - 1e-3)
            #expect((0..<6).contains(chosen.draw))
            let isTheFirst = chosen.pixels == one.pixels
            #expect(isTheFirst == (chosen.draw == 0))
        }
        #expect(best.contains { $0.draw > 0 })
    }

    @Test("Scores tell a face from another, and from what is none")
    func scores() throws {
        var noise = LatentCode(layers: 10, width: 128, values: try Tensor.randn([1280], seed: 4).floats())
        for place in noise.values.indices { noise.values[place] *= 2 }
        let all = Array(0..<10)
        let made = try faces.make([
            FaceRequest(.mix(.photo(photos[0]), .photo(photos[0])), layers: all, isScored: true),
            FaceRequest(.mix(.photo(photos[0]), .photo(photos[2])), layers: all, isScored: true),
            FaceRequest(.mix(.code(noise), .code(noise)), layers: all, isScored: true),
        ])
        #expect(try #require(made[0].scores["identity"]) > 0.9)
        #expect(try #require(made[1].scores["identity"]) < 0.6)
        #expect(try #require(made[0].scores["artefact"]) < 0.1)
        #expect(try #require(made[2].scores["artefact"]) > 0.5)
        #expect(faces.abilities == [.words, .photos, .sketches, .labels, .scores])
    }

    @Test("What cannot be done is said")
    func refusals() throws {
        var broken = LatentCode(layers: 10, width: 128, values: [Float](repeating: 0, count: 1280))
        broken.values[7] = .nan
        let wide = try PhotoInput(width: 90, height: 40, pixels: [UInt8](repeating: 9, count: 90 * 40 * 3))
        let tall = try SketchInput(width: 10, height: 21, pixels: [UInt8](repeating: 9, count: 210))
        let small = LatentCode(layers: 6, width: 16, values: [Float](repeating: 0, count: 96))
        let refused: [(FaceRequest, String)] = [
            (FaceRequest(.generate(nil), caption: "zebra"), "zebra"),
            (FaceRequest(.manipulate(.photo(photos[0]))), "names no attribute"),
            (FaceRequest(.generate(nil), caption: "a man", policy: ["Wings": [1]]), "Wings"),
            (FaceRequest(.generate(nil), caption: "a man", policy: ["Male": [3, 99]]), "Male"),
            (FaceRequest(.generate(nil), caption: "a man", truncation: -1), "truncation"),
            (FaceRequest(.generate(nil), bestOf: 4), "caption"),
            (FaceRequest(.generate(nil), caption: "a man", bestOf: 65), "1...64"),
            (FaceRequest(.mix(.code(small), .photo(photos[0])), layers: [1]), "6 layers"),
            (FaceRequest(.mix(.code(broken), .photo(photos[0])), layers: [1]), "no number"),
            (FaceRequest(.mix(.photo(photos[0]), .photo(photos[1]))), "which layers"),
            (FaceRequest(.mix(.photo(photos[0]), .photo(photos[1])), layers: [10]), "0..<10"),
            (FaceRequest(.mix(.photo(photos[0]), .photo(photos[1])), layers: []), "0..<10"),
            (FaceRequest(.invert(wide)), "90 x 40"),
            (FaceRequest(.generate(.sketch(tall))), "10 x 21"),
            (FaceRequest(.invert(photos[0], steps: -1)), "steps"),
            (FaceRequest(.manipulate(.photo(photos[0]), strength: 9), caption: "a man"), "strength"),
            (FaceRequest(.interpolate([.photo(photos[0])], frames: 4)), "two sources"),
            (FaceRequest(.interpolate(photos.map { .photo($0) }, frames: 2)), "2 frames"),
        ]
        for (request, text) in refused {
            let error = #expect(throws: TediGANError.self) { try faces.make([request]) }
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "nothing") for \(text)")
        }
    }

    @Test("A pack without a network says which")
    func missing() throws {
        try SmallModel.withPack { pack in
            let faces = try FaceSynthesis(pack: pack, rows: 2)
            #expect(faces.abilities == [.words, .photos])
            let map = try LabelMap(width: 8, height: 8, ids: [UInt8](repeating: 1, count: 64))
            let error = #expect(throws: TediGANError.self) { try faces.make([FaceRequest(.generate(.labels(map)))]) }
            guard case .missing(_, .labels) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            // Without a judge, the encoder's code of the picture is compared with the text's.
            let best = try faces.make([
                FaceRequest(.generate(nil), caption: "a man with a hat", key: SampleKey(seed: 1), bestOf: 5)
            ])
            #expect((0...1).contains(try #require(best[0].scores["similarity"])))
        }
        try SmallParts.withPack(without: [.text, .photo]) { pack in
            let faces = try FaceSynthesis(pack: pack, rows: 2)
            #expect(throws: TediGANError.self) { try faces.make([FaceRequest(.generate(nil), caption: "a man")]) }
            #expect(try faces.make([FaceRequest(.generate(nil), key: SampleKey(seed: 3), isScored: true)]).count == 1)
        }
    }
}
