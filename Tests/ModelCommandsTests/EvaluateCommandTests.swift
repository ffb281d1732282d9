import ArgumentParser
import FaceData
import Foundation
import Layers
import ModelCommands
import Perception
import TediGAN
import Testing
import Torch
import Training

@Suite("tedi-model pack add")
struct PackAddCommandTests {
    private func run(_ words: String...) throws {
        var command = try ModelCommand.parseAsRoot(words)
        try command.run()
    }

    @Test("A judge goes into a copy of a pack, and nothing else changes")
    func adding() throws {
        try Workshop.run { shop in
            let path = shop.path("pack")
            try run("import", try shop.checkpoint("g.safetensors", Workshop.generator()), "--pack", path)
            let store = ParameterStore(seed: 3, trains: false)
            _ = try store.build { scope throws(LayerError) in
                try AttributeClassifier(in: scope, size: 32, attributes: FaceAttribute.allCases.count)
            }
            let judge = shop.path("judge.safetensors")
            try AttributeJudge.write(store, size: 32, to: judge)
            let judged = shop.path("judged")
            try run("pack", "add", path, "--judge", judge, "--out", judged)
            let pack = try ModelPack(opening: judged)
            #expect(try pack.attributeClassifier().names == FaceAttribute.allCases.map(\.name))
            let plain = try ModelPack(opening: path)
            #expect(pack.digest != plain.digest)
            let kept = pack.manifest.files.filter { $0.name != "attributes.safetensors" }
            #expect(kept == plain.manifest.files)
            #expect(throws: TrainingError.self) {
                try run("pack", "add", path, "--judge", shop.path("g.safetensors"), "--out", shop.path("none"))
            }
            #expect(throws: (any Error).self) { try run("pack", "add", path, "--out", shop.path("none")) }
            #expect(!FileManager.default.fileExists(atPath: shop.path("none")))
        }
    }
}

@Suite("tedi-model evaluate", .serialized)
struct EvaluateCommandTests {
    private func run(_ words: [String]) throws {
        var command = try ModelCommand.parseAsRoot(["evaluate"] + words)
        try command.run()
    }

    /// The message of a command that must fail.
    private func failure(_ words: [String]) -> String {
        do {
            try run(words)
            Issue.record("\(words.joined(separator: " ")) went through")
            return ""
        } catch {
            return ModelCommand.message(for: error)
        }
    }

    private func page(_ shop: Workshop, _ words: [String]) throws -> String {
        try run(words + ["--report", shop.path("page.html")])
        return try String(contentsOfFile: shop.path("page.html"), encoding: .utf8)
    }

    /// Untrained judges of pictures of some size.
    private func judges(_ shop: Workshop, size: Int) throws -> (attributes: String, regions: String) {
        let (attributes, regions) = (shop.path("attributes.safetensors"), shop.path("regions.safetensors"))
        let classifier = ParameterStore(seed: 1)
        _ = try classifier.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: FaceAttribute.allCases.count)
        }
        try AttributeJudge.write(classifier, size: size, to: attributes)
        let segmenter = ParameterStore(seed: 2)
        _ = try segmenter.build { scope throws(LayerError) in try FaceSegmenter(in: scope, size: size) }
        try RegionJudge.write(segmenter, size: size, to: regions)
        return (attributes, regions)
    }

    @Test("Sketches and label maps are judged where the pack reads them, overlaps only with a judge of regions")
    func conditions() throws {
        try Workshop.run { shop in
            let pack = try ModelPack.write(
                PackContents(
                    name: "drawn",
                    parts: [
                        try .init(.generator, .styleGAN, Workshop.sizes, Workshop.generator()),
                        try .init(.sketch, .inversionEncoder, Workshop.encoderSizes(1), Workshop.encoder(channels: 1)),
                        try .init(
                            .labels, .inversionEncoder, Workshop.encoderSizes(19), Workshop.encoder(channels: 19)),
                    ]), to: shop.path("pack"), storage: nil)
            let judges = try judges(shop, size: 16)
            let words = ["--pack", pack.path, "--judge", judges.attributes, "--faces", "8"]
            let whole = try page(shop, words + ["--segmenter", judges.regions])
            for text in ["Sketch to face", "Label map to face", "mask overlap of the result", "Not measured"] {
                #expect(whole.contains(text), "\(text)")
            }
            #expect(whole.contains("has no text encoder") && whole.contains("has no encoder of photos"))
            let without = try page(
                shop, words + ["--segmenter", shop.path("none"), "--only", "sketch,labels", "--output", "json"])
            #expect(
                !without.contains("mask overlap of the result") && without.contains("no judge of regions is at hand"))
        }
    }

    @Test("A published network measures in place of the judge, and takes its name")
    func published() throws {
        try Workshop.run { shop in
            let lpips = try shop.checkpoint(
                "lpips.safetensors",
                Workshop.tensors(3) { scope throws(LayerError) in try LPIPS(.alex, in: scope) })
            let words = [
                "--pack", Workshop.demo.pack, "--judge", Workshop.demo.judge, "--faces", "8", "--only", "retrieval",
            ]
            let page = try page(shop, words + ["--lpips", lpips])
            #expect(page.contains("LPIPS to the face described") && page.contains("LPIPS 0.1 (alex)"))
            let digest = try ModelPack.fileDigest(lpips)
            #expect(page.contains(digest.prefix(16)))
            #expect(failure(words + ["--inception", lpips]).contains("holds no Inception network"))
            #expect(failure(words + ["--identity", shop.path("none")]).contains("none"))
        }
    }

    @Test("Judges that do not fit are refused")
    func refusals() throws {
        try Workshop.run { shop in
            let pack = try shop.pack("pack")
            let judges = try judges(shop, size: 16)
            let demo = Workshop.demo
            #expect(failure(["--pack", pack.path, "--judge", demo.judge]).contains("looks at pictures of 64 pixels"))
            #expect(failure(["--pack", pack.path, "--judge", judges.regions]).contains("no judge of attributes"))
            #expect(failure(["--pack", pack.path, "--judge", shop.path("none")]).contains("none"))
            let mixed = ["--pack", demo.pack, "--judge", demo.judge, "--segmenter"]
            #expect(failure(mixed + [demo.judge]).contains("no judge of regions; it judges attributes"))
            #expect(failure(mixed + [judges.regions]).contains("judge of regions looks at pictures of 16 pixels"))
        }
    }
}
