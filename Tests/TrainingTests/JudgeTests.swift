import Evaluation
import FaceData
import Foundation
import Layers
import Perception
import Testing
import Torch
import Training

@Suite("Judges: features, regions, files")
struct JudgeTests {
    private func attributeNetwork(_ store: ParameterStore, size: Int) throws -> AttributeClassifier {
        try store.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: size, attributes: FaceAttribute.allCases.count)
        }
    }

    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-judges-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test("Features are what the head sees, pooled; their width goes with the size", arguments: [(16, 256), (64, 512)])
    func features(size: Int, width: Int) throws {
        let judge = AttributeJudge(network: try attributeNetwork(ParameterStore(seed: 1), size: size))
        let pictures = try Tensor.randn([3, 3, size, size], seed: 2)
        #expect(judge.size == size && judge.featureWidth == width)
        #expect(try judge.features(pictures).shape == [3, width])
        let blocks = try judge.activations(pictures)
        #expect(blocks.first?.shape[2] == size / 2 && blocks.last?.shape[2] == 4)
        let pooled = try #require(blocks.last).averagePool2d(2).flattened(from: 1)
        #expect(try (judge.features(pictures) - pooled).abs().amax().item() == 0)
    }

    @Test("The perceptual distance is 0 for equal pictures, alike both ways, and grows with the change")
    func perceptual() throws {
        let judge = AttributeJudge(network: try attributeNetwork(ParameterStore(seed: 1), size: 32))
        let distance = PictureDistance.judge(judge, sha256: nil)
        #expect(distance.title == "perceptual distance" && !distance.network.isPublished)
        let pictures = try FaceDataset(split: .test, seed: 3, count: 4, size: 32, threads: 1).pictures([0, 1, 2, 3])
        #expect(try distance(pictures, pictures).abs().amax().item() == 0)
        let noise = try Tensor.randn(pictures.shape, seed: 4)
        let (little, much) = (try distance(pictures, pictures + noise * 0.02), try distance(pictures, pictures + noise))
        #expect(little.shape == [4])
        #expect(try (much - little).amin().item() > 0)
        #expect(try (distance(pictures + noise, pictures) - much).abs().amax().item() < 1e-5)
    }

    @Test("Every class of a mask has a region, and pairs share theirs")
    func regions() {
        let all = SegmentedRegion.regions(ofMask: FaceMaskClass.allCases.map(\.rawValue))
        #expect(Set(all).count == SegmentedRegion.allCases.count)
        #expect(SegmentedRegion(.leftEye) == SegmentedRegion(.rightEye))
        #expect(SegmentedRegion(.upperLip) == .mouth)
        #expect(SegmentedRegion.names.contains("necklace"))
    }

    @Test("The overlap is shared pixels over all of a region's, and its mean leaves out what nobody saw")
    func overlap() {
        var overlap = RegionOverlap()
        #expect(overlap.mean == 0)
        overlap.add(seen: [0, 0, 1, 1], truth: [0, 1, 1, 1])
        overlap.add(seen: [0, 2], truth: [0, 1])
        #expect(overlap.shares.count == 3)
        #expect(overlap.shares["background"] == 2.0 / 3)
        #expect(overlap.shares["skin"] == 0.5)
        #expect(overlap.shares["nose"] == 0)
        #expect(abs(overlap.mean - (2.0 / 3 + 0.5) / 3) < 1e-12)
    }

    @Test("The segmenter learns a few faces, and its file judges as it does")
    func segmenter() throws {
        var recipe = Recipe()
        (recipe.resolution, recipe.data.training, recipe.data.validation) = (32, 64, 16)
        recipe.segmenter = Recipe.Schedule(steps: 60, batch: 8, learningRate: 1e-2, averageDecay: 0.9)
        let faces = FaceDataset(split: .training, seed: 1, count: 64, size: 32, threads: 2)
        let task = try SegmenterTraining(recipe, training: faces, validation: faces)
        let before = try #require(task.validate()["meanOverlap"])
        try withFolder { folder in
            let loop = TrainingLoop(folder: folder, recipe: "r", stop: StopSignal())
            #expect(try loop.run(task) == .finished)
            let after = try task.validate()
            let learnt = try #require(after["meanOverlap"])
            #expect(learnt > before + 0.25)
            let (wall, hair) = (try #require(after["background"]), try #require(after["hair"]))
            #expect(wall > 0.8 && hair > 0.6)

            let path = folder.appendingPathComponent("segmenter.safetensors").path
            try RegionJudge.write(task.average, size: 32, to: path)
            let judge = try RegionJudge(reading: path)
            #expect(judge.size == 32)
            #expect(try abs(judge.overlap(on: faces).mean - learnt) < 0.01)
        }
    }

    @Test("A judge of another kind, of another size, or none is refused and told")
    func files() throws {
        try withFolder { folder in
            let (attributes, regions) = (
                folder.appendingPathComponent("a.safetensors").path, folder.appendingPathComponent("r.safetensors").path
            )
            let classifier = ParameterStore(seed: 1)
            _ = try attributeNetwork(classifier, size: 32)
            try AttributeJudge.write(classifier, size: 32, to: attributes)
            let segmenter = ParameterStore(seed: 1)
            _ = try segmenter.build { scope throws(LayerError) in try FaceSegmenter(in: scope, size: 32) }
            try RegionJudge.write(segmenter, size: 32, to: regions)
            #expect(try AttributeJudge(reading: attributes).size == 32)
            let one = try #require(throws: TrainingError.self) { try AttributeJudge(reading: regions) }
            #expect(one.description.contains("it judges regions"))
            let other = try #require(throws: TrainingError.self) { try RegionJudge(reading: attributes) }
            #expect(other.description.contains("it judges attributes"))
            #expect(throws: SafeTensorsError.self) { try RegionJudge(reading: folder.path + "/none") }
            // The head says another size than the tensors are for.
            try AttributeJudge.write(classifier, size: 64, to: attributes)
            #expect(throws: LayerError.self) { try AttributeJudge(reading: attributes) }
            try AttributeJudge.write(classifier, size: 48, to: attributes)
            #expect(throws: TrainingError.self) { try AttributeJudge(reading: attributes) }
        }
        #expect(throws: LayerError.self) {
            try ParameterStore(seed: 1).build { scope throws(LayerError) in try FaceSegmenter(in: scope, size: 20) }
        }
    }
}
