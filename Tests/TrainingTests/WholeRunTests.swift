import Alignment
import Evaluation
import Foundation
import TediGAN
import Testing
import Training

@Suite("A whole run of a recipe")
struct WholeRunTests {
    /// Every stage, as small as it goes: what comes out draws nothing worth looking at.
    private static var small: Recipe {
        var recipe = Recipe()
        (recipe.name, recipe.resolution) = ("small", 32)
        (recipe.data.training, recipe.data.validation) = (64, 16)
        (recipe.networks.featureMapsBase, recipe.networks.featureMapsMax) = (128, 16)
        (recipe.networks.encoderWidth, recipe.networks.encoderMaximum) = (8, 16)
        recipe.mapping = Recipe.Schedule(steps: 12, batch: 32, learningRate: 2e-3, averageDecay: 0.9)
        recipe.generator = Recipe.Schedule(steps: 12, batch: 4, learningRate: 3e-3, averageDecay: 0.9)
        recipe.text = Recipe.Schedule(steps: 6, batch: 8, learningRate: 1e-3, averageDecay: 0.9)
        recipe.encoder = Recipe.Schedule(steps: 6, batch: 8, learningRate: 1e-3, averageDecay: 0.9)
        recipe.classifier = Recipe.Schedule(steps: 6, batch: 8, learningRate: 1e-3, averageDecay: 0.9)
        recipe.segmenter = Recipe.Schedule(steps: 4, batch: 4, learningRate: 1e-3, averageDecay: 0.9)
        recipe.landmarks = Recipe.Schedule(steps: 6, batch: 8, learningRate: 1e-3, averageDecay: 0.9)
        return recipe
    }

    private func run(_ recipe: Recipe, in folder: URL) throws -> TrainingRun {
        try TrainingRun(recipe, folder: folder, threads: 1, stop: StopSignal())
    }

    @Test("All stages make a pack that draws captions, and a judge that looks at them")
    func fromNothingToFigures() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try run(Self.small, in: folder)
        #expect(throws: TrainingError.self) { try first.writePack() }
        #expect(try first.run(TrainingRun.Stage.allCases))
        let pack = try first.writePack()
        let model = try TextToImage(pack: ModelPack(opening: folder.appendingPathComponent("pack").path))
        #expect(model.digest == pack.digest)
        #expect(model.manifest.name == "small")
        let faces = try model.generate([
            TextToImageRequest(caption: "She has blond hair.", seed: 1),
            TextToImageRequest(caption: "She has blond hair.", seed: 2),
        ])
        for face in faces {
            #expect(face.width == 32 && face.height == 32)
            #expect(
                face.attributes == [
                    NamedAttribute(attribute: "Male", isPresent: false),
                    NamedAttribute(attribute: "Blond_Hair", isPresent: true),
                ])
        }
        #expect(faces[0].code != faces[1].code)

        let judge = try AttributeJudge(reading: folder.appendingPathComponent("judge.safetensors").path)
        let figures = try TextAlignmentTest(model: model, judge: judge).run(captions: 8, samples: 2, seed: 1)
        #expect(figures.mentions >= 16)
        #expect(figures.mentions == figures.counts.values.reduce(0, +))
        #expect((0...1).contains(figures.accuracy))
        #expect(figures.diversity > 0)
        // The frame of the renderer's faces went into the pack. A network of six steps finds none of them.
        let frame = try LandmarkFinder(pack: pack).frame
        #expect(abs(frame.reach - 1.15) < 0.1 && abs(frame.drop) < 0.3)
        let found = try JSONDecoder().decode(
            [String: Double].self, from: Data(contentsOf: folder.appendingPathComponent("landmarks.figures.json")))
        #expect(found.keys.sorted() == ["closeError", "firstError", "firstPresence", "presence"])
        try checkReuse(of: folder)
    }

    /// A checkpoint serves every recipe that says the same of its stage, and no other.
    private func checkReuse(of folder: URL) throws {
        let checkpoint = folder.appendingPathComponent("mapping.checkpoint.safetensors")
        let bytes = try Data(contentsOf: checkpoint)
        var longer = Self.small
        longer.generator.steps = 500
        #expect(try run(longer, in: folder).run([.mapping]))
        #expect(try Data(contentsOf: checkpoint) == bytes)
        var other = Self.small
        other.mapping.learningRate = 1e-3
        #expect(throws: TrainingError.self) { try run(other, in: folder).run([.mapping]) }
        other = Self.small
        other.data.training = 65
        #expect(throws: TrainingError.self) { try run(other, in: folder).run([.mapping]) }
    }
}
