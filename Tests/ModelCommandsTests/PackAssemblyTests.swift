import Importing
import Layers
import Perception
import TediGAN
import Testing
import Torch

@Suite("Packs from checkpoints")
struct PackAssemblyTests {
    private func assembly(
        _ files: [String], base: ModelPack? = nil, skipping: [String] = []
    ) throws -> PackAssembly {
        var assembly = try PackAssembly(name: "assembled", base: base, skipping: skipping)
        for file in files { assembly.add(try Import(opening: file)) }
        return assembly
    }

    private func fault(_ assembly: PackAssembly, to path: String) -> String {
        do {
            _ = try assembly.write(to: path)
            Issue.record("a pack was written")
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("A landmark network joins a pack, and one that knows no frame is refused where it is used")
    func landmarks() throws {
        try Workshop.run { shop in
            let files = [
                try shop.checkpoint("g.safetensors", Workshop.generator()),
                try shop.checkpoint(
                    "l.safetensors",
                    Workshop.tensors(3) { scope throws(LayerError) in try LandmarkNetwork(in: scope, width: 3) }),
            ]
            let pack = try assembly(files).write(to: shop.path("pack"))
            try pack.verifyParts()
            #expect(pack.manifest.parts.map(\.role) == [.generator, .landmarks])
            let error = #expect(throws: TediGANError.self) { try LandmarkFinder(pack: pack) }
            #expect(error?.description.contains("reach of 0.0") == true)
        }
    }

    @Test("Networks of several files become a pack that verifies and draws what they drew")
    func whole() throws {
        try Workshop.run { shop in
            let files = [
                try shop.checkpoint("g.safetensors", Workshop.generator()),
                try shop.checkpoint("e.safetensors", Workshop.encoder()),
                try shop.checkpoint("s.safetensors", Workshop.encoder(channels: 1)),
                try shop.checkpoint("l.safetensors", Workshop.encoder(channels: 19)),
            ]
            let assembly = try assembly(files)
            #expect(assembly.faults.isEmpty)
            #expect(
                assembly.entries.map(\.state) == [
                    "generator", "encoder of photos", "encoder of sketches", "encoder of label maps",
                ])
            let pack = try assembly.write(to: shop.path("pack"))
            try pack.verifyParts()
            #expect(pack.manifest.format == 2 && pack.manifest.vocabulary == nil)
            #expect(pack.manifest.truncation == 0.7)
            #expect(try pack.generator().configuration == Workshop.sizes)
            let stored = try pack.contents()
            let original = try Workshop.generator()
            for (name, tensor) in original {
                let kept = try #require(stored[.generator]?.tensors[name])
                #expect(try (kept - tensor).abs().sum().item() == 0, "\(name)")
            }
            guard case .object(let provenance) = pack.manifest.provenance else { throw Missing() }
            #expect(provenance["checkpoints"]?.array?.count == 4)
        }
    }

    private struct Missing: Error {}

    @Test("A pack of ours gains a network; one of the files takes the place of the base's")
    func base() throws {
        try Workshop.run { shop in
            let base = try shop.pack("base")
            let sketch = try shop.checkpoint("s.safetensors", Workshop.encoder(channels: 1))
            let generator = try shop.checkpoint("g.safetensors", Workshop.generator(seed: 7))
            let pack = try assembly([sketch, generator], base: base).write(to: shop.path("more"))
            #expect(
                pack.manifest.vocabulary == base.manifest.vocabulary && pack.manifest.policy == base.manifest.policy)
            #expect(pack.manifest.parts.map(\.role) == [.generator, .text, .photo, .sketch])
            let key = "mapping.dense0.fc.weight"
            let (old, new) = (try base.contents()[.generator], try pack.contents()[.generator])
            #expect(try old?.tensors[key]?.floats() == Workshop.generator()[key]?.floats())
            #expect(try new?.tensors[key]?.floats() == Workshop.generator(seed: 7)[key]?.floats())
            try pack.verifyParts()
            #expect(try TextToImage(pack: pack).generate([TextToImageRequest(caption: "a man", seed: 1)]).count == 1)
        }
    }

    @Test("Two generators are refused, but the same one twice is one; a place can be left out")
    func twice() throws {
        try Workshop.run { shop in
            let first = try shop.checkpoint("a.safetensors", Workshop.generator())
            let same = try shop.checkpoint("b.safetensors", Workshop.generator())
            var tensors: [String: Tensor] = [:]
            for (name, tensor) in try Workshop.generator(seed: 2) { tensors["decoder." + name] = tensor }
            for (name, tensor) in try Workshop.encoder() { tensors["encoder." + name] = tensor }
            let other = try shop.checkpoint("c.safetensors", tensors)
            #expect(try assembly([first, same]).entries.map(\.state) == ["generator", "the same once more"])
            let text = fault(try assembly([first, other]), to: shop.path("pack"))
            #expect(
                text.contains("one generator") && text.contains("a.safetensors")
                    && text.contains("--skip c.safetensors:decoder."))
            #expect(try shop.names == ["a.safetensors", "b.safetensors", "c.safetensors"])
            for place in ["decoder.", "c.safetensors:decoder."] {
                let pack = try assembly([first, other], skipping: [place]).write(to: shop.path("pack"))
                #expect(pack.manifest.parts.map(\.role) == [.generator, .photo])
            }
            let unknown = fault(try assembly([first], skipping: ["elsewhere"]), to: shop.path("no"))
            #expect(unknown.contains("elsewhere"))
        }
    }

    @Test("Of a network and its average, the average is taken")
    func average() throws {
        try Workshop.run { shop in
            var tensors: [String: Tensor] = [:]
            for (name, tensor) in try Workshop.generator(seed: 1) { tensors["g." + name] = tensor }
            for (name, tensor) in try Workshop.generator(seed: 2) { tensors["g_ema." + name] = tensor }
            let pack = try assembly([shop.checkpoint("both.safetensors", tensors)]).write(to: shop.path("pack"))
            let key = "mapping.dense0.fc.weight"
            let kept = try pack.contents()[.generator]?.tensors[key]?.floats()
            #expect(try kept == Workshop.generator(seed: 2)[key]?.floats())
            // Without its average, the network itself is taken.
            let raw = try assembly([shop.path("both.safetensors")], skipping: ["g_ema."]).write(to: shop.path("raw"))
            let other = try raw.contents()[.generator]?.tensors[key]?.floats()
            #expect(try other == Workshop.generator(seed: 1)[key]?.floats())
        }
    }

    @Test("StyleGAN2's mean code comes along, in either published form", arguments: [[8], [6, 8]])
    func mean(shape: [Int]) throws {
        try Workshop.run { shop in
            let sizes = StyleGAN2Configuration(
                resolution: 16, styleDimension: 8, mappingLayers: 2, channelMultiplier: 2, channelsMax: 8)
            var tensors = try Workshop.tensors(3) { scope throws(LayerError) in
                try StyleGAN2Generator(sizes, in: scope)
            }
            let mean = try Tensor.randn([8], seed: 5)
            tensors["latent_avg"] = try mean.expanded(shape).contiguous()
            let pack = try assembly([shop.checkpoint("g.safetensors", tensors)]).write(to: shop.path("pack"))
            #expect(try pack.faceGenerator().mean.floats() == mean.floats())
            try pack.verifyParts()
        }
    }

    @Test("Every fault of every file is told at once, and nothing is written")
    func faults() throws {
        try Workshop.run { shop in
            var generator = try Workshop.generator()
            generator["mapping.dense1.wscale.bias"] = nil
            generator["surplus"] = try .zeros([1])
            var encoder = try Workshop.encoder()
            encoder["block1.wscale1.bias"] = try .zeros([3])
            let files = [
                try shop.checkpoint("g.safetensors", generator), try shop.checkpoint("e.safetensors", encoder),
                try shop.checkpoint("n.safetensors", ["nothing": .zeros([1])]),
            ]
            let text = fault(try assembly(files), to: shop.path("pack"))
            for part in [
                "missing: mapping.dense1.wscale.bias", "extra: surplus", "block1.wscale1.bias is [3]",
                "n.safetensors is safetensors, but holds no network",
            ] {
                #expect(text.contains(part), "\(text)")
            }
            #expect(try shop.names == ["e.safetensors", "g.safetensors", "n.safetensors"])
        }
    }

    @Test("Networks that do not fit each other make no pack")
    func misfits() throws {
        try Workshop.run { shop in
            let generator = try shop.checkpoint("g.safetensors", Workshop.generator())
            let wide = try shop.checkpoint("w.safetensors", Workshop.encoder(width: 24))
            let odd = try shop.checkpoint("o.safetensors", Workshop.encoder(channels: 4))
            #expect(fault(try assembly([generator, wide]), to: shop.path("p")).contains("6 layers x 24"))
            #expect(fault(try assembly([generator, odd]), to: shop.path("p")).contains("4 channels"))
            #expect(fault(try assembly([wide]), to: shop.path("p")).contains("needs a generator"))
            #expect(try shop.names == ["g.safetensors", "o.safetensors", "w.safetensors"])
        }
    }
}
