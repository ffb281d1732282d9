import FaceData
import Foundation
import Testing
import Torch

@testable import Training

@Suite("Training of the text encoder")
struct TextEncoderTrainingTests {
    private func task(ranking: Double) throws -> TextEncoderTraining {
        var recipe = Recipe()
        recipe.text = Recipe.Schedule(steps: 20, batch: 16, learningRate: 3e-3, averageDecay: 0.5)
        recipe.textRanking = ranking
        let faces = FaceDataset(split: .training, seed: 1, count: 64, size: 16, threads: 1)
        let basis = try LatentBasis(features: faces.features, width: recipe.networks.latentWidth, seed: 1)
        return try TextEncoderTraining(recipe, pairs: SampledPairs(recipe, basis: basis))
    }

    @Test("Without ranking, the loss is the distance and the named part of it, as it always was")
    func plain() throws {
        let (loss, metrics) = try task(ranking: 0).loss(at: 0)
        #expect(Set(metrics.keys) == ["named"])
        let named = try #require(metrics["named"]).item()
        // An untrained encoder explains nothing: both parts are about the whole variance.
        #expect(try abs(loss.item() - named - 1) < 0.2)
    }

    @Test("With ranking, it is added by its weight")
    func ranked() throws {
        let plain = try task(ranking: 0).loss(at: 0).loss.item()
        let (loss, metrics) = try task(ranking: 0.5).loss(at: 0)
        let ranking = try #require(metrics["ranking"]).item()
        #expect(ranking > 0)
        #expect(try abs(loss.item() - plain - ranking / 2) < 1e-5)
    }

    @Test("Training with ranking brings captions nearer to their own faces than to others'")
    func learns() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-text-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let task = try task(ranking: 1)
        let before = try #require(try task.loss(at: 1_000).metrics["ranking"]).item()
        #expect(try TrainingLoop(folder: folder, recipe: "r", stop: StopSignal()).run(task) == .finished)
        let after = try #require(try task.loss(at: 1_000).metrics["ranking"]).item()
        #expect(after < before - 0.1)
    }

    @Test("A recipe says how much ranking counts, within limits")
    func recipe() throws {
        #expect(try Recipe(json: Data(#"{"textRanking": 0.25}"#.utf8)).textRanking == 0.25)
        #expect(Recipe().textRanking == 0)
        for json in [#"{"textRanking": -1}"#, #"{"textRanking": 1, "text": {"batch": 1}}"#] {
            #expect(throws: TrainingError.self) { try Recipe(json: Data(json.utf8)) }
        }
    }
}
