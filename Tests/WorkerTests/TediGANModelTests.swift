import Artifacts
import Captions
import Foundation
import Images
import JobDispatch
import Jobs
import Layers
import Logging
import Redis
import TediGAN
import TestServers
import Testing
import Torch
import Worker
import WorkerRuntime

/// The real model core behind the seam, with a small untrained pack made here.
@Suite(.serialized) struct TediGANModelTests {
    /// Writes a pack of random 16x16 networks and runs `body` with its folder.
    private func withPack<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ModelPack.write(Self.contents(), to: folder + "/pack")
        return try await body(folder + "/pack")
    }

    private static func contents() throws -> PackContents {
        let vocabulary = Vocabulary(words: ["a", "man", "woman", "with", "beard"])
        let policy = LayerPolicy(attributes: [
            AttributePolicy(attribute: "Male", positive: ["man"], negative: ["woman"], layers: [0, 1]),
            AttributePolicy(attribute: "Beard", positive: ["beard"], layers: [2]),
        ])
        let sizes = GeneratorConfiguration(
            resolution: 16, zDimension: 16, wDimension: 16, truncationLayers: 3, featureMapsBase: 128,
            featureMapsMax: 16, mappingLayers: 2)
        let generator = ParameterStore(seed: 1)
        _ = try generator.build { scope throws(LayerError) in try Generator(sizes, in: scope) }
        let textSizes = TextEncoderConfiguration(
            vocabularySize: vocabulary.count, embeddingWidth: 8, hiddenWidth: 8, mappingWidth: 16, mappingLayers: 2,
            layers: sizes.layers, wDimension: sizes.wDimension)
        let text = ParameterStore(seed: 2)
        _ = try text.build { scope throws(LayerError) in try TextEncoder(textSizes, in: scope) }
        return try PackContents(
            name: "tiny", generator: (sizes, generator), textEncoder: (textSizes, text), vocabulary: vocabulary,
            policy: policy, styleCandidates: 4)
    }

    private func requests(
        _ model: TediGANModel, _ count: Int, captions: [String] = ["a man", "a woman", "a man with a beard"]
    ) -> [JobRequest] {
        (0..<count).map {
            JobRequest(
                caption: captions[$0 % captions.count], seed: UInt64($0 / 2), sample: $0 % 2,
                model: model.identity.digest)
        }
    }

    @Test func drawsWhatTheSeamPromises() async throws {
        try await withPack { path in
            let model = try TediGANModel(path: path, device: "cpu", threads: 1, batch: 4)
            #expect(model.identity.name == "tiny")
            #expect(model.identity.resolution == 16)
            #expect(model.identity.device == "cpu")
            #expect(model.identity.vocabulary == ["a", "man", "woman", "with", "beard"])
            try model.selfTest()
            let images = try model.generate(requests(model, 6))
            #expect(images.count == 6)
            for image in images {
                #expect(image.width == 16 && image.height == 16 && image.pixels.count == 768)
                #expect(image.code.count == model.identity.layers * 16)
            }
            #expect(images[0].attributes == ["Male": "present"])
            #expect(images[1].attributes == ["Male": "absent"])
            #expect(images[2].attributes == ["Male": "present", "Beard": "present"])
            #expect(Set(images.map(\.pixels)).count == 6)
        }
    }

    @Test func halfPrecisionIsToldInManifests() async throws {
        try await withPack { path in
            let whole = try TediGANModel(path: path, device: "cpu", threads: 1, batch: 2)
            let half = try TediGANModel(path: path, device: "cpu", precision: .bfloat16, threads: 1, batch: 2)
            #expect(whole.identity.versions["pixels"] == nil)
            #expect(half.identity.versions["pixels"] == "bfloat16")
            #expect(half.identity.digest == whole.identity.digest)
            let pairs = zip(try whole.generate(requests(whole, 2)), try half.generate(requests(half, 2)))
            for (one, other) in pairs { #expect(one.code == other.code && one.pixels.count == other.pixels.count) }
        }
    }

    @Test func halfPrecisionDrawsTheSameFaceALittleDifferently() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let pack = root.appendingPathComponent("Resources/Packs/demo-64").path
        func face(_ precision: PixelPrecision) throws -> [UInt8] {
            let model = try TediGANModel(path: pack, device: "cpu", precision: precision, threads: 1, batch: 1)
            return try model.generate(requests(model, 1, captions: ["she has blond hair"]))[0].pixels
        }
        let pairs = zip(try face(.float32), try face(.bfloat16)).map { abs(Int($0) - Int($1)) }
        let mean = Double(pairs.reduce(0, +)) / Double(pairs.count)
        // Below, the option would do nothing; above, the face would be another.
        #expect(mean > 0.01 && mean < 4)
    }

    @Test(arguments: [["a man", "a woman"], ["a man", "a woman", "a man with a beard"]])
    func bytesDoNotDependOnTheCompany(captions: [String]) async throws {
        try await withPack { path in
            let model = try TediGANModel(path: path, device: "cpu", threads: 2, batch: 8)
            let requests = requests(model, 8, captions: captions)
            let together = try model.generate(requests)
            let reversed = try model.generate(requests.reversed())
            for (index, request) in requests.enumerated() {
                let alone = try model.generate([request])[0]
                // Compared outside of the macro, which would print thousands of numbers.
                let (samePixels, sameCode) = (
                    alone.pixels == together[index].pixels, alone.code == together[index].code
                )
                #expect(samePixels && sameCode, "request \(index), alone")
                let isSameInOrder = reversed[7 - index].pixels == together[index].pixels
                #expect(isSameInOrder, "request \(index), in another place")
            }
        }
    }

    @Test func objectsToWhatItCannotDraw() async throws {
        try await withPack { path in
            let model = try TediGANModel(path: path, device: "cpu", threads: 1, batch: 2)
            let digest = model.identity.digest
            let good = JobRequest(caption: "A MAN!", seed: 0, sample: 0, model: digest)
            #expect(model.objection(to: good) == nil)
            for caption in ["zebra", "a", ""] {
                let request = JobRequest(caption: caption, seed: 0, sample: 0, model: digest)
                #expect(model.objection(to: request)?.isEmpty == false)
                #expect(throws: ModelError.self) { try model.generate([good, request]) }
            }
            let foreign = JobRequest(caption: "a man", seed: 0, sample: 0, model: "another")
            #expect(model.objection(to: foreign)?.contains("another") == true)
        }
    }

    @Test func saysWhatIsWrongWithPackOrDevice() async throws {
        let missing = #expect(throws: ModelError.self) {
            try TediGANModel(path: "/nowhere/pack", device: "cpu", threads: 0, batch: 1)
        }
        #expect(missing?.message.contains("/nowhere/pack") == true)
        try await withPack { path in
            for device in ["gpu", "cuda:99", ""] {
                let error = #expect(throws: ModelError.self) {
                    try TediGANModel(path: path, device: device, threads: 0, batch: 1)
                }
                #expect(error?.message.contains("device") == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func worksOnTheQueue() async throws {
        try await withPack { path in
            try await Bench.with { bench in
                let digest = try ModelPack(opening: path).digest
                let worker = bench.worker(model: { try TediGANModel(path: path, device: "cpu", threads: 1, batch: 4) })
                let lane = Lane(
                    id: LaneID(9), pool: "default", kind: "generate", modelDigest: digest, band: .bulk)
                try await bench.dispatch.publish([lane])
                let jobs = (1...10).map { id in
                    var job = Bench.job(
                        Int64(id),
                        payload: JobRequest(
                            caption: "a man with a beard", seed: 7, sample: id % 5, model: digest
                        ).encoded())
                    job.lane = lane.id
                    return job
                }
                try await bench.push(jobs)
                try await bench.running(worker) { () async throws in
                    let facts = try await bench.facts(10)
                    let images = facts.mapValues { $0.result?.imageDigest }
                    #expect(Set(images.values).count == 5)
                    for id in Int64(1)...5 { #expect(images[id] == images[id + 5]) }
                    let manifest = try #require(try await bench.artifacts.manifest(job: JobID(1), epoch: Epoch(10)))
                    #expect(manifest.pack == .init(name: "tiny", digest: digest))
                    #expect(try PNG.decode(try await bench.artifacts.get(manifest.image.digest)).width == 16)
                }
            }
        }
    }
}
