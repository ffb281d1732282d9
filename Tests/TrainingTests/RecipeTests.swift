import FaceData
import Foundation
import Layers
import Perception
import Testing
import Torch
import Training

@Suite("Recipes, codes and the judge")
struct RecipeTests {
    @Test("A recipe file keeps the built-in value of what it leaves out")
    func readsPartly() throws {
        let recipe = try Recipe(json: Data(#"{"name": "small", "seed": 9}"#.utf8))
        #expect(recipe.name == "small")
        #expect(recipe.seed == 9)
        #expect(recipe.generator == Recipe().generator)
        let longer = try Recipe(json: Data(#"{"generator": {"steps": 500}, "networks": {"latentWidth": 256}}"#.utf8))
        #expect(longer.generator.steps == 500)
        #expect(longer.generator.batch == Recipe().generator.batch)
        #expect(longer.networks.latentWidth == 256)
    }

    @Test("A misspelt field is named", arguments: [#"{"sead": 1}"#, #"{"text": {"sead": 1}}"#])
    func misspelt(json: String) throws {
        let error = #expect(throws: TrainingError.self) { try Recipe(json: Data(json.utf8)) }
        #expect(error?.description.contains("sead") == true)
    }

    @Test(
        "Values out of range are refused",
        arguments: [
            #"{"resolution": 48}"#, #"{"resolution": 4096}"#, #"{"halfResolutionShare": 1e300}"#,
            #"{"data": {"training": 1, "validation": 1000}}"#,
            #"{"text": {"steps": 0, "batch": 8, "learningRate": 0.1, "averageDecay": 0.5}}"#,
            #"{"text": {"steps": 10, "batch": 8, "learningRate": 7, "averageDecay": 0.5}}"#,
            #"{"inversion": {"pixel": -1}}"#, #"{"perceptual": 1e9}"#, #"{"route": "roundabout"}"#,
            #"{"data": {"folder": "photos"}}"#, #"{"route": "pictures", "game": {"firstResolution": 128}}"#,
            #"{"route": "pictures", "data": {"folder": "photos"}}"#, #"{"networks": {"sentenceWidth": 3}}"#,
            #"{"networks": {"encoderWidth": 0}}"#, #"{"data": {"training": 9000000}}"#,
            #"{"route": "pictures", "game": {"growthShare": 0.95, "fade": 1}}"#,
            #"{"route": "pictures", "game": {"fade": 2}}"#, #"{"route": "pictures", "generator": {"batch": 6}}"#,
        ])
    func refuses(json: String) throws {
        #expect(throws: (any Error).self) { try Recipe(json: Data(json.utf8)) }
    }

    @Test("The stages of a recipe are those of its route")
    func stages() throws {
        #expect(Recipe().stages == TrainingRun.Stage.allCases)
        let pictures = try Recipe(json: Data(#"{"route": "pictures"}"#.utf8))
        #expect(!pictures.stages.contains(.mapping) && pictures.stages.contains(.observer))
        let photos = try Recipe(
            json: Data(#"{"route": "pictures", "data": {"folder": "photos"}, "inversion": {"perceptual": 0}}"#.utf8))
        #expect(photos.stages == [.classifier, .segmenter, .generator, .encoder, .text, .sketchEncoder, .labelEncoder])
    }

    @Test("The learning rate warms up, holds and falls")
    func schedule() {
        let schedule = Recipe.Schedule(steps: 1_000, batch: 1, learningRate: 1, averageDecay: 0.9)
        #expect(schedule.rate(at: 0) < 0.1)
        #expect(schedule.rate(at: 300) == 1)
        #expect(schedule.rate(at: 700) < 1)
        #expect(schedule.rate(at: 999) <= 0.011)
    }

    @Test("Features survive the way to a code and back, and attributes own orthogonal directions")
    func basis() throws {
        let faces = FaceDataset(split: .training, seed: 1, count: 200, size: 16, threads: 1)
        let basis = try LatentBasis(features: faces.features, width: 128, seed: 4)
        let features = try faces.features([3, 5, 7])
        let back = try basis.features(of: basis.code(of: features))
        #expect(try (back - features).abs().amax().item() < 1e-4)
        let product = try basis.directions.matmul(basis.directions.transposed(0, 1))
        let identity = try Tensor.eye(FaceFeatures.count)
        #expect(try (product - identity).abs().amax().item() < 1e-5)
        #expect(throws: TrainingError.self) {
            try LatentBasis(features: faces.features, width: FaceFeatures.count - 1, seed: 4)
        }
    }

    @Test("The same faces come again, and no split shares a face with another")
    func splits() throws {
        let again = (0..<2).map { _ in FaceDataset(split: .test, seed: 2, count: 64, size: 16, threads: 2) }
        #expect(again[0].faces == again[1].faces)
        #expect(try again[0].pictures([1, 2]).floats() == again[1].pictures([1, 2]).floats())
        let other = FaceDataset(split: .training, seed: 2, count: 64, size: 16, threads: 1)
        #expect(Set(again[0].faces.map(\.features)).isDisjoint(with: Set(other.faces.map(\.features))))
        let pictures = try other.pictures([0])
        #expect(try pictures.amin().item() >= -1)
        #expect(try pictures.amax().item() <= 1)
    }

    @Test("A judge survives its file, and a file that is none is refused")
    func judgeFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-judge-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = ParameterStore(seed: 5)
        let network = try store.build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: 32, attributes: FaceAttribute.allCases.count)
        }
        let path = folder.appendingPathComponent("judge.safetensors").path
        try AttributeJudge.write(store, size: 32, to: path)
        let faces = FaceDataset(split: .test, seed: 1, count: 16, size: 32, threads: 1)
        let pictures = try faces.pictures(Array(0..<16))
        let direct = try AttributeJudge(network: network).attributes(of: pictures)
        let read = try AttributeJudge(reading: path).attributes(of: pictures)
        let same = zip(direct.joined(), read.joined()).count(where: ==)
        // Stored in half precision, so that a logit at the threshold may fall on the other side.
        #expect(Double(same) / Double(16 * FaceAttribute.allCases.count) > 0.97)

        try store.save(to: path)
        #expect(throws: TrainingError.self) { try AttributeJudge(reading: path) }
    }

    @Test("Balanced accuracy is the mean of both rates")
    func tally() {
        var tally = BalancedTally(count: 1)
        for (seen, truth) in [(true, true), (true, true), (true, true), (true, false), (false, false)] {
            tally.add(seen: [seen], truth: [truth])
        }
        tally.add(seen: [true], truth: [nil])
        #expect(tally.accuracy == [0.75])
    }
}
