import Captions
import Foundation
import Layers
import TediGAN
import Testing
import Torch

@Suite("Model pack")
struct ModelPackTests {
    @Test("A pack keeps networks and description, in half and in single precision", arguments: [nil, DType.float16])
    func roundTrip(storage: DType?) throws {
        try SmallModel.withPack(storage: storage) { pack in
            #expect(pack.manifest.name == "small")
            #expect(pack.manifest.layers == 6)
            #expect(pack.manifest.vocabulary == SmallModel.vocabulary)
            #expect(pack.manifest.policy == SmallModel.policy)
            #expect(
                pack.manifest.files.map(\.name).sorted() == [
                    "encoder.safetensors", "generator.safetensors", "policy.safetensors", "text.safetensors",
                ])
            #expect(pack.digest.count == 64)
            let contents = try SmallModel.contents()
            let original = try #require(contents[.generator]?.tensors["mapping.dense0.fc.weight"])
            let file = try SafeTensors.read(pack.path + "/generator.safetensors")
            #expect(file.tensors["mapping.dense0.fc.weight"]?.dtype == storage ?? .float32)
            let stored = try #require(file.tensors["mapping.dense0.fc.weight"]).to(dtype: .float32)
            #expect(try (stored - original).abs().amax().item() <= (storage == nil ? 0 : 0.2))
            #expect(try pack.generator().configuration == SmallModel.configuration)
            #expect(try pack.pictureEncoder(.photo).side == 16)
            #expect(try pack.controlMechanism().subspaces["hair"]?.dimension == 3)
        }
    }

    @Test("Equal contents give equal digests; writing replaces a pack as a whole")
    func replacing() throws {
        try SmallModel.withFolder { folder in
            let path = folder.appendingPathComponent("pack").path
            let first = try ModelPack.write(SmallModel.contents(), to: path)
            let again = try ModelPack.write(SmallModel.contents(), to: path)
            #expect(first.digest == again.digest)
            let other = try ModelPack.write(SmallModel.contents(seed: 2), to: path)
            #expect(other.digest != first.digest)
            #expect(try ModelPack(opening: path).digest == other.digest)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pack"])
        }
    }

    @Test("What cannot be a pack is not written, and the old one stays")
    func refusal() throws {
        try SmallModel.withFolder { folder in
            let path = folder.appendingPathComponent("pack").path
            let first = try ModelPack.write(SmallModel.contents(), to: path)
            var contents = try SmallModel.contents()
            contents.subspaces = [:]
            #expect(throws: TediGANError.self) { try ModelPack.write(contents, to: path) }
            #expect(throws: TediGANError.self) { try ModelPack.write(SmallModel.contents(name: "../x"), to: path) }
            #expect(try ModelPack(opening: path).digest == first.digest)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["pack"])
            let nowhere = folder.appendingPathComponent("a/b/pack").path
            #expect(throws: TediGANError.self) { try ModelPack.write(SmallModel.contents(), to: nowhere) }
        }
    }

    @Test(
        "An altered pack is refused with the reason",
        arguments: [
            ("flip", "SHA-256"), ("truncate", "bytes"), ("remove", "there is no"), ("link", "not a regular file"),
            ("field", "unknown field generator.colour"), ("path", "plain file name"), ("format", "format 3"),
            ("json", "not a manifest"), ("layers", "layers"), ("unlisted", "does not list"), ("missing", "vocabulary"),
            ("candidates", "styleCandidates"), ("huge", "over 8 GiB"), ("inversion", "encoderWeight"),
        ])
    func tampering(kind: String, reason: String) throws {
        try SmallModel.withPack { pack in
            try alter(pack.path, kind)
            let error = try #require(throws: TediGANError.self) { try ModelPack(opening: pack.path) }
            #expect(error.description.contains(reason), "\(error)")
            #expect(error.description.contains(pack.path))
        }
    }

    private func alter(_ path: String, _ kind: String) throws {
        let tensors = URL(fileURLWithPath: path + "/generator.safetensors")
        switch kind {
        case "flip", "truncate":
            var data = try Data(contentsOf: tensors)
            if kind == "flip" { data[data.count - 5] ^= 1 } else { data.removeLast(4) }
            try data.write(to: tensors)
        case "remove": try FileManager.default.removeItem(at: tensors)
        case "link":
            let moved = URL(fileURLWithPath: path + "/elsewhere")
            try FileManager.default.moveItem(at: tensors, to: moved)
            try FileManager.default.createSymbolicLink(at: tensors, withDestinationURL: moved)
        case "json": try Data("{".utf8).write(to: URL(fileURLWithPath: path + "/pack.json"))
        default: try alterManifest(path, kind)
        }
    }

    private func alterManifest(_ path: String, _ kind: String) throws {
        let url = URL(fileURLWithPath: path + "/pack.json")
        var text = try String(contentsOf: url, encoding: .utf8)
        func replace(_ old: String, _ new: String) throws {
            try #require(text.contains(old))
            text = text.replacingOccurrences(of: old, with: new)
        }
        switch kind {
        case "field": try replace("\"broadcastsW\"", "\"colour\" : 1,\n\"broadcastsW\"")
        case "path": try replace("generator.safetensors", "../generator.safetensors")
        case "format": try replace("\"format\" : 1", "\"format\" : 3")
        case "layers": try replace("\"layers\" : 6", "\"layers\" : 7")
        case "unlisted": try replace("text.safetensors", "pack2.json")
        case "missing": try replace("\"vocabulary\"", "\"words\"")
        case "candidates": try replace("\"styleCandidates\" : 8", "\"styleCandidates\" : 100000")
        case "inversion":
            let bad = "\"inversion\" : {\"encoderWeight\" : -1, \"rate\" : 0.1, \"isRamped\" : true},"
            try replace("\"styleCandidates\"", bad + "\n\"styleCandidates\"")
        case "huge": text = text.replacing(#/"bytes" : \d+/#, with: "\"bytes\" : 99999999999")
        default: Issue.record("unknown kind \(kind)")
        }
        if kind == "unlisted" {
            try FileManager.default.moveItem(atPath: path + "/text.safetensors", toPath: path + "/pack2.json")
        }
        try Data(text.utf8).write(to: url)
    }

    @Test("A pack says how photos are inverted; one that does not is as it was, and inverts as published")
    func inversion() throws {
        try SmallModel.withFolder { folder in
            var contents = try SmallModel.contents()
            let plain = try ModelPack.write(contents, to: folder.appendingPathComponent("plain").path)
            #expect(plain.manifest.inversion == nil)
            #expect(try Inversion(pack: plain).objective == .published)
            contents.inversion = InversionObjective(encoderWeight: 0.05, rate: 0.05, isRamped: true)
            let pack = try ModelPack.write(contents, to: folder.appendingPathComponent("pack").path)
            #expect(try ModelPack(opening: pack.path).manifest.inversion == contents.inversion)
            #expect(try pack.contents().inversion == contents.inversion)
            #expect(pack.digest != plain.digest)
            let inversion = try Inversion(pack: pack)
            #expect(inversion.terms.map(\.weight) == [1, 0.05])
            #expect(
                try PackDifference(from: plain, to: pack).fields.map(\.path).allSatisfy { $0.hasPrefix("inversion") })
            contents.inversion?.rate = 2
            #expect(throws: TediGANError.self) {
                try ModelPack.write(contents, to: folder.appendingPathComponent("other").path)
            }
        }
    }

    @Test("A directory that is no pack is refused")
    func absent() throws {
        let error = try #require(throws: TediGANError.self) { try ModelPack(opening: "/nonexistent/pack") }
        #expect(error.description.contains("pack.json"))
    }

    @Test("Tensors that are not those of the network are named when it is loaded")
    func strictness() throws {
        try SmallModel.withFolder { folder in
            var contents = try SmallModel.contents()
            let part = try #require(contents[.text])
            var sizes: TextEncoderConfiguration = try part.description.sizes()
            sizes.embeddingWidth = 9
            contents[.text] = try .init(.text, .textEncoder, sizes, part.tensors)
            let pack = try ModelPack.write(contents, to: folder.appendingPathComponent("pack").path)
            let error = try #require(throws: TediGANError.self) { try pack.textEncoder() }
            #expect(error.description.contains("encoder.weight is [\(SmallModel.vocabulary.count), 8]"))
        }
    }
}
