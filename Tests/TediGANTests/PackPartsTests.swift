import Foundation
import Layers
import Perception
import TediGAN
import Testing
import Torch

@Suite("Parts of a pack")
struct PackPartsTests {
    @Test("The demo pack is written again to the byte; without what came later, it has the older format")
    func demo() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let demo = try ModelPack(opening: root.appendingPathComponent("Resources/Packs/demo-64").path)
        #expect(
            demo.manifest.parts.map(\.role) == [
                .generator, .text, .photo, .sketch, .labels, .landmarks, .attributes, .regions,
            ])
        try SmallModel.withFolder { folder in
            let copy = try ModelPack.write(
                demo.contents(), to: folder.appendingPathComponent("copy").path, storage: nil)
            #expect(copy.digest == demo.digest)
            var first = try demo.contents()
            for role in [PackRole.sketch, .labels, .landmarks, .attributes, .regions] { first[role] = nil }
            first.inversion = nil
            first.provenance = .object([:])
            let old = try ModelPack.write(first, to: folder.appendingPathComponent("old").path, storage: nil)
            #expect(old.digest == "324c71da577ea73d4e956dbdaab927b7604b59e97cfa2dd0e9108818b3ac237f")
            #expect(try ModelPack(opening: old.path).manifest.format == 1)
        }
    }

    @Test("A difference names every field and network that is not the same, and nothing else")
    func difference() throws {
        try SmallParts.withPack { first in
            try SmallModel.withFolder { folder in
                let same = try ModelPack.write(
                    first.contents(), to: folder.appendingPathComponent("same").path, storage: nil)
                #expect(try PackDifference(from: first, to: same).isEmpty)

                var contents = try first.contents()
                contents.name = "other"
                contents.truncation = 0.25
                contents[.photo] = nil
                contents.parts.append(try SmallParts.perceptual())
                var attributes = contents.policy.attributes
                attributes[0].layers = [1]
                contents.policy = LayerPolicy(attributes: attributes)
                var generator = try #require(contents[.generator])
                let name = try #require(generator.tensors.keys.filter { $0.hasSuffix(".weight") }.min())
                generator.tensors[name] = try generator.tensors[name].map { try $0 * 1.5 }
                let subspace = try #require(contents.subspaces.keys.min())
                contents.subspaces[subspace] = try contents.subspaces[subspace].map { try $0 * 2 }
                contents[.generator] = generator
                let second = try ModelPack.write(
                    contents, to: folder.appendingPathComponent("second").path, storage: nil)

                let difference = try PackDifference(from: first, to: second)
                #expect(
                    difference.fields.map(\.path) == [
                        "name", "parts.perceptual", "parts.photo", "policy.\(attributes[0].attribute).layers",
                        "truncation",
                    ])
                #expect(difference.fields[0].before == .string(first.manifest.name))
                #expect(difference.fields[1].before == nil && difference.fields[2].after == nil)
                #expect(difference.weights.map(\.role) == [.generator, nil])
                #expect(difference.weights.last?.changed == 1)
                #expect(abs((difference.weights.last?.change ?? 0) - 1) < 1e-3)
                let weights = try #require(difference.weights.first)
                #expect(weights.changed == 1 && weights.others.isEmpty)
                #expect(weights.same == generator.tensors.count - 1)
                #expect(abs(weights.change - 0.5) < 1e-3)
            }
        }
    }

    @Test("A pack keeps networks of every role, and only then needs the second format")
    func roles() throws {
        let parts = [
            try SmallParts.encoder(.sketch, channels: 1), try SmallParts.encoder(.labels, channels: 19),
            try SmallParts.perceptual(), try SmallParts.sentence(), try SmallParts.discriminator(),
        ]
        try SmallParts.withPack { #expect($0.manifest.format == 1) }
        try SmallParts.withPack(adding: parts) { pack in
            #expect(pack.manifest.format == 2)
            #expect(
                Set(pack.manifest.parts.map(\.role)) == [
                    .generator, .text, .photo, .sketch, .labels, .perceptual, .sentence, .discriminator,
                ])
            for part in pack.manifest.parts { try pack.check(part.role) }
            #expect(try ModelPack(opening: pack.path).manifest == pack.manifest)
            let again = try SmallModel.withFolder {
                try ModelPack.write(pack.contents(), to: $0.appendingPathComponent("p").path, storage: nil).digest
            }
            #expect(again == pack.digest)
        }
    }

    @Test("A pack may lack a text encoder; who needs it is told what is missing and how to add it")
    func missing() throws {
        try SmallParts.withPack(without: [.text, .photo]) { pack in
            #expect(pack.manifest.vocabulary == nil && pack.manifest.format == 2)
            #expect(try pack.generator().configuration == SmallModel.configuration)
            func expectMissing(_ role: PackRole, _ body: () throws -> Void) throws {
                let error = try #require(throws: TediGANError.self) { try body() }
                guard case .missing(_, let named) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(named == role)
                #expect(error.description.contains("has no \(role.title)"))
                #expect(error.description.contains(role == .text ? "tedi-model train" : "--base \(pack.path)"))
            }
            try expectMissing(.text) { _ = try TextToImage(pack: pack) }
            try expectMissing(.text) { _ = try TextGuidedEdit(pack: pack) }
            try expectMissing(.photo) { _ = try Inversion(pack: pack) }
            try expectMissing(.clip) { _ = try pack.clip() }
            try expectMissing(.lpipsAlex) { _ = try pack.lpips(.alex) }
            try expectMissing(.sketch) { _ = try pack.pictureEncoder(.sketch) }
        }
    }

    @Test("StyleGAN2 draws captions too; its mean code lies beside it, or comes from noise")
    func styleGAN2() throws {
        let mean = try Tensor.randn([16], seed: 4)
        try SmallParts.withPack(adding: [SmallParts.generator2(mean: mean)]) { pack in
            #expect(pack.manifest.format == 2)
            let generator = try pack.faceGenerator()
            #expect(try generator.mean.floats() == mean.floats())
            let request = TextToImageRequest(caption: "a man with a beard", seed: 1)
            let faces = try TextToImage(pack: pack).generate([request])
            #expect(faces[0].pixels.count == 768)
            let noisy = try TextToImage(pack: pack, randomizesNoise: true).generate([request])
            #expect(noisy[0].code == faces[0].code)
            // Compared outside of the macro, which would print hundreds of numbers.
            let isOther = noisy[0].pixels != faces[0].pixels
            #expect(isOther)
            #expect(throws: TediGANError.self) { try pack.generator() }
            // ψ of 0 leaves the mean code alone.
            let flat = Condition.noise(SampleKey(seed: 1), truncation: 0)
            #expect(try Conditioning(pack: pack).code(of: flat)[layer: 3] == mean.floats()[...])
        }
        try SmallParts.withPack(adding: [SmallParts.generator2()]) { pack in
            let shape = try pack.faceGenerator().mean.shape
            #expect(shape == [1, 1, 16])
        }
        try SmallParts.withPack(adding: [SmallParts.generator2(mean: .zeros([15]))]) { pack in
            _ = #expect(throws: TediGANError.self) { try pack.faceGenerator() }
        }
    }

    /// What is wrong, and a word that the message must have.
    enum Fault: String, CaseIterable {
        case noGenerator = "needs a generator"
        case twice = "one network of each role"
        case rows = "codes of 8 layers x 16"
        case width = "codes of 6 layers x 15"
        case channels = "4 channels"
        case role = "no encoder of sketches"
        case family = "no generator"
        case vocabulary = "vocabulary"
        case field = "unknown field perceptual.colour"
        case size = "the sizes of the VGG16"
        case file = "policy.safetensors"
    }

    @Test("Networks that do not fit each other are refused before anything is written", arguments: Fault.allCases)
    func faults(fault: Fault) throws {
        var contents = try SmallModel.contents()
        var odd = try SmallParts.perceptual()
        switch fault {
        case .noGenerator: contents[.generator] = nil
        case .twice: contents.parts.append(contents.parts[1])
        case .rows: contents[.photo] = try SmallParts.encoder(.photo, channels: 3, layers: 8)
        case .width: contents[.photo] = try SmallParts.encoder(.photo, channels: 3, width: 15)
        case .channels: contents[.photo] = try SmallParts.encoder(.photo, channels: 4)
        case .role: contents[.sketch] = try SmallParts.encoder(.sketch, channels: 3)
        case .family:
            odd.description.role = .generator
            contents[.generator] = odd
        case .vocabulary: contents.vocabulary = nil
        case .field:
            odd.description.configuration = .object(["channels": .array([]), "colour": .integer(1)])
            contents[.perceptual] = odd
        case .size:
            odd.description.configuration = .object(["channels": .string("many")])
            contents[.perceptual] = odd
        case .file:
            odd.description.file = "policy.safetensors"
            contents[.perceptual] = odd
        }
        try SmallModel.withFolder { folder in
            let path = folder.appendingPathComponent("pack").path
            let error = try #require(throws: TediGANError.self) { try ModelPack.write(contents, to: path) }
            #expect(error.description.contains(fault.rawValue), "\(error)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test(
        "An altered second-format manifest is refused",
        arguments: [
            ("\"perceptual\"", "\"colours\""), ("\"parts\"", "\"networks\""), ("\"format\" : 2", "\"format\" : 1"),
            ("\"file\" : \"perceptual.", "\"file\" : \"../perceptual."),
            ("\"role\" : \"photo\"", "\"role\" : \"labels\""),
        ])
    func altered(old: String, new: String) throws {
        try SmallParts.withPack(adding: [SmallParts.perceptual()]) { pack in
            let url = URL(fileURLWithPath: pack.path + "/pack.json")
            let text = try String(contentsOf: url, encoding: .utf8)
            try #require(text.contains(old))
            try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
            #expect(throws: TediGANError.self) { try ModelPack(opening: pack.path) }
        }
    }
}

@Suite("Judges in a pack")
struct PackJudgesTests {
    private func judge(
        _ role: PackRole, _ family: PartFamily, names: [String], size: Int = 16
    ) throws -> PackContents.Part {
        let store = ParameterStore(seed: 6, trains: false)
        try store.build { scope throws(LayerError) in
            if family == .attributes {
                _ = try AttributeClassifier(in: scope, size: 16, attributes: names.count, width: 4)
            } else {
                _ = try FaceSegmenter(in: scope, size: 16, regions: names.count, width: 4)
            }
        }
        return try .init(role, family, JudgeSizes(size: size, width: 4, names: names), store.tensors)
    }

    @Test("Judges are found in the pack with the names of what they tell")
    func roundTrip() throws {
        let parts = [
            try judge(.attributes, .attributes, names: ["Male", "Beard"]),
            try judge(.regions, .regions, names: ["background", "skin", "hair"]),
        ]
        try SmallParts.withPack(adding: parts) { pack in
            #expect(pack.manifest.format == 2)
            #expect(try pack.attributeClassifier().names == ["Male", "Beard"])
            let (network, names) = try pack.faceSegmenter()
            #expect(names.count == 3)
            #expect(try network(Tensor.zeros([1, 3, 16, 16])).shape == [1, 3, 16, 16])
            for role in [PackRole.attributes, .regions] { try pack.check(role) }
            let faces = try FaceSynthesis(pack: pack, rows: 2)
            #expect(faces.abilities == [.words, .photos, .scores])
            let photo = try PhotoInput(width: 20, height: 16, pixels: SmallParts.bytes(960))
            let made = try faces.make([
                FaceRequest(.manipulate(.photo(photo)), caption: "a man with a beard", isScored: true)
            ])
            // Both of what the judge knows was asked for, so that nothing is left that could drift.
            #expect(made[0].scores.keys.sorted() == ["artefact", "identity", "similarity"])
        }
    }

    @Test("Judges that cannot be are refused")
    func refusals() throws {
        let wrong = [
            try judge(.attributes, .attributes, names: ["Male", "Male"]),
            try judge(.attributes, .attributes, names: ["Male", ""]),
            try judge(.attributes, .attributes, names: ["Male"], size: 24),
            try judge(.regions, .attributes, names: ["Male"]),
        ]
        for part in wrong {
            #expect(throws: TediGANError.self) { try SmallParts.withPack(adding: [part]) { _ in } }
        }
    }
}
