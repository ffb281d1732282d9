import Alignment
import Captions
import Evaluation
import FaceCollections
import FaceData
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
        let short = Recipe.Schedule(steps: 6, batch: 8, learningRate: 1e-3, averageDecay: 0.9)
        (recipe.classifier, recipe.segmenter, recipe.observer) = (short, short, short)
        (recipe.text, recipe.landmarks) = (short, short)
        (recipe.encoder, recipe.sketchEncoder, recipe.labelEncoder) = (short, short, short)
        recipe.mapping = Recipe.Schedule(steps: 12, batch: 32, learningRate: 2e-3, averageDecay: 0.9)
        recipe.generator = Recipe.Schedule(steps: 12, batch: 4, learningRate: 3e-3, averageDecay: 0.9)
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
        #expect(throws: TrainingError.self) { try first.writePack(to: folder.appendingPathComponent("pack")) }
        #expect(try first.run(first.recipe.stages))
        let pack = try first.writePack(to: folder.appendingPathComponent("pack"))
        let model = try TextToImage(pack: ModelPack(opening: folder.appendingPathComponent("pack").path))
        #expect(model.digest == pack.digest)
        #expect(model.manifest.name == "small")
        for role in [PackRole.photo, .sketch, .labels, .landmarks] { #expect(pack.has(role)) }
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

    @Test("The paper's route makes a pack from pictures and captions alone")
    func byPictures() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var recipe = Self.small
        (recipe.route, recipe.networks.latentWidth) = (.pictures, 32)
        #expect(throws: TrainingError.self) { try run(recipe, in: folder).run([.mapping]) }
        // Each size is seen, and the last one fades in.
        (recipe.generator.steps, recipe.game.growthShare, recipe.game.fade) = (18, 0.6, 0.5)
        let game = try run(recipe, in: folder)
        #expect(throws: TrainingError.self) { try game.run([.encoder]) }
        #expect(try game.run(recipe.stages))
        let pack = try game.writePack(to: folder.appendingPathComponent("pack"))
        for role in [PackRole.generator, .text, .photo, .sketch, .labels] { #expect(pack.has(role)) }
        let model = try TextToImage(pack: pack)
        // The smile takes the coarse layers; the others come from noise.
        let faces = try model.generate((0..<2).map { TextToImageRequest(caption: "A smiling person.", seed: $0) })
        #expect(faces[0].attributes.map(\.attribute) == ["Smiling"])
        #expect(faces[0].code != faces[1].code)
        let scores = try JSONDecoder().decode(
            [String: Double].self, from: Data(contentsOf: folder.appendingPathComponent("generator.figures.json")))
        #expect(scores.keys.sorted() == ["fakeScore", "realScore"])
    }

    @Test("A data set in a folder becomes a pack, judged by judges of its own")
    func byFolder() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-run-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let faces = folder.appendingPathComponent("faces")
        try RenderedCollection(split: .training, seed: 3, size: 32).write(400, to: faces)
        var recipe = Self.small
        (recipe.route, recipe.resolution, recipe.networks.latentWidth) = (.pictures, 16, 16)
        (recipe.data.folder, recipe.inversion.perceptual) = (faces.path, 0)
        #expect(recipe.stages.contains(.classifier) && !recipe.stages.contains(.observer))
        let run = try run(recipe, in: folder)
        #expect(try run.run(recipe.stages))
        let pack = try run.writePack(to: folder.appendingPathComponent("pack"))
        for role in [PackRole.photo, .sketch, .labels, .text] { #expect(pack.has(role)) }
        // Rare words of the captions are not learnt, the others are.
        let words = try #require(pack.manifest.vocabulary).words
        #expect(words.contains("hair") && words.count < 400)
        _ = try AttributeJudge(reading: folder.appendingPathComponent("judge.safetensors").path)
        // What a stage needs and a face lacks is named, with the remedy.
        for file in try FileManager.default.contentsOfDirectory(atPath: faces.appendingPathComponent("sketches").path) {
            try FileManager.default.removeItem(at: faces.appendingPathComponent("sketches/\(file)"))
        }
        let other = try self.run(recipe, in: folder.appendingPathComponent("again"))
        let error = try #require(throws: TrainingError.self) { try other.run(recipe.stages) }
        #expect(error.description.contains("sketch"))
        // A stage that is done is not done again, and another data set is not taken for the same.
        let checkpoint = folder.appendingPathComponent("generator.checkpoint.safetensors")
        let bytes = try Data(contentsOf: checkpoint)
        #expect(try self.run(recipe, in: folder).run([.generator]))
        #expect(try Data(contentsOf: checkpoint) == bytes)
        try FileManager.default.removeItem(at: faces.appendingPathComponent("images/0.png"))
        try FileManager.default.copyItem(
            at: faces.appendingPathComponent("images/1.png"), to: faces.appendingPathComponent("images/0.png"))
        #expect(throws: TrainingError.self) { try self.run(recipe, in: folder).run([.generator]) }
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
