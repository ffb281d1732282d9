import Foundation
import TediGAN
import Testing
import Torch

@Suite("Conditioning")
struct ConditioningTests {
    private func photo(_ side: Int = 16) throws -> PhotoInput {
        try PhotoInput(width: side, height: side, pixels: SmallParts.bytes(side * side * 3))
    }

    @Test("Every modality gives the code that its own encoder makes")
    func modalities() throws {
        let parts = [try SmallParts.encoder(.sketch, channels: 1), try SmallParts.encoder(.labels, channels: 19)]
        try SmallParts.withPack(adding: parts) { pack in
            let conditioning = Conditioning(pack: pack)
            func expect(_ condition: Condition, _ wanted: Tensor) throws {
                let code = try conditioning.code(of: condition)
                let worst = try zip(code.values, wanted.floats()).map { abs($0 - $1) }.max()
                #expect(try #require(worst) < 1e-5)
                #expect(code.layers == 6 && code.width == 16)
            }
            let caption = "a man with a beard"
            let ids = try CaptionReader(pack: pack).read(caption).ids
            try expect(.caption(caption), pack.textEncoder()([ids]))
            try expect(.photo(photo()), pack.pictureEncoder(.photo)(photo().tensor(side: 16)))
            // A larger one is brought to the encoder's size.
            try expect(.photo(photo(24)), pack.pictureEncoder(.photo)(photo(24).tensor(side: 16)))
            let sketch = try SketchInput(width: 20, height: 20, pixels: SmallParts.bytes(400))
            try expect(.sketch(sketch), pack.pictureEncoder(.sketch)(sketch.tensor(width: 16, height: 16)))
            let map = try LabelMap(width: 16, height: 16, ids: SmallParts.bytes(256).map { $0 % 19 })
            try expect(.labels(map), pack.pictureEncoder(.labels)(map.oneHot()))
            let key = SampleKey(seed: 3, sample: 2)
            let z = try Tensor(key.latent(16), shape: [1, 16])
            try expect(.noise(key), pack.generator().map(z, psi: pack.manifest.truncation))
            let code = try conditioning.code(of: .noise(key))
            #expect(try conditioning.code(of: .code(code)) == code)
            #expect(try conditioning.code(of: .noise(key, truncation: 0.1)) != code)
        }
    }

    @Test("What the pack cannot read is refused by the part that it lacks")
    func refusals() throws {
        try SmallParts.withPack(without: [.text, .photo]) { pack in
            let conditioning = Conditioning(pack: pack)
            let sketch = try SketchInput(width: 8, height: 8, pixels: SmallParts.bytes(64))
            let map = try LabelMap(width: 8, height: 8, ids: [UInt8](repeating: 1, count: 64))
            let conditions: [(Condition, PackRole)] = [
                (.caption("a man"), .text), (.photo(try photo()), .photo), (.sketch(sketch), .sketch),
                (.labels(map), .labels),
            ]
            for (condition, role) in conditions {
                let error = try #require(throws: TediGANError.self) { try conditioning.code(of: condition) }
                #expect(error.description.contains("has no \(role.title)"), "\(error)")
            }
        }
        try SmallParts.withPack { pack in
            let conditioning = Conditioning(pack: pack)
            let foreign = LatentCode(layers: 5, width: 16, values: [Float](repeating: 0, count: 80))
            var broken = LatentCode(layers: 6, width: 16, values: [Float](repeating: 0, count: 96))
            broken.values[3] = .nan
            let conditions: [Condition] = [
                .code(foreign), .code(broken), .caption("zebra"), .noise(SampleKey(seed: 1), truncation: -1),
                .noise(SampleKey(seed: 1), truncation: .nan),
            ]
            for condition in conditions {
                #expect(throws: TediGANError.self) { try conditioning.code(of: condition) }
            }
        }
    }

    @Test("A code in a file comes back; what is no code is refused")
    func files() throws {
        try SmallModel.withFolder { folder in
            let path = folder.appendingPathComponent("code.safetensors").path
            let code = LatentCode(layers: 2, width: 3, values: [1, 2, 3, 4, 5, 6.5])
            try code.write(to: path)
            #expect(try LatentCode(reading: path) == code)
            try SafeTensors.write(path, ["w_plus": code.tensor()])
            #expect(try LatentCode(reading: path) == code)
            for wrong in [["w": try code.tensor()], ["w_plus": try .zeros([3])], ["w_plus": try .zeros([2, 2, 3])]] {
                try SafeTensors.write(path, wrong)
                #expect(throws: TediGANError.self) { try LatentCode(reading: path) }
            }
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: path))
            #expect(throws: TediGANError.self) { try LatentCode(reading: path) }
            #expect(throws: TediGANError.self) { try LatentCode(reading: path + "x") }
        }
    }
}

@Suite("Overrides of the layer policy")
struct LayerOverrideTests {
    @Test("A request's layers take the place of the policy's, for the attribute alone")
    func request() throws {
        try SmallModel.withPack { pack in
            let pipeline = try TextToImage(pack: pack)
            func code(_ layers: [String: [Int]], _ sample: Int) throws -> LatentCode {
                let request = TextToImageRequest(caption: "a man", seed: 3, sample: sample, layers: layers)
                return LatentCode(layers: 6, width: 16, values: try pipeline.generate([request])[0].code)
            }
            func agree(_ a: LatentCode, _ b: LatentCode, _ layer: Int) -> Bool {
                zip(a[layer: layer], b[layer: layer]).allSatisfy { abs($0 - $1) < 1e-5 }
            }
            // Layers that the caption claims are the same in all samples.
            let plain = (try code([:], 0), try code([:], 1))
            #expect((0..<6).map { agree(plain.0, plain.1, $0) } == [true, true, false, false, false, false])
            let moved = (try code(["Male": [3, 5]], 0), try code(["Male": [3, 5]], 1))
            #expect((0..<6).map { agree(moved.0, moved.1, $0) } == [false, false, false, true, false, true])
            // The pack's own policy is as it was.
            #expect(try code([:], 0) == plain.0)
        }
    }

    @Test(
        "Layers and attributes that the pack has not are refused",
        arguments: [["Male": []], ["Male": [6]], ["Male": [1, 0]], ["Male": [2, 2]], ["Male": [-1]], ["Hat": [1]]])
    func refusals(layers: [String: [Int]]) throws {
        try SmallModel.withPack { pack in
            let request = TextToImageRequest(caption: "a man", seed: 3, layers: layers)
            let error = try #require(throws: TediGANError.self) {
                try TextToImage(pack: pack).generate([request])
            }
            #expect(error.description.contains(layers["Hat"] == nil ? "Male" : "Blond_Hair"), "\(error)")
            #expect(throws: TediGANError.self) { try TextGuidedEdit(pack: pack, layers: layers) }
        }
    }
}
