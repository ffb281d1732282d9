import Evaluation
import Foundation
import Layers
import Perception
import TediGAN
import Testing
import Training

@Suite("Evaluation of a pack")
struct EvaluationTests {
    private static let resources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Resources")

    private static func demo() throws -> (pack: ModelPack, judge: AttributeJudge) {
        (
            try ModelPack(opening: resources.appendingPathComponent("Packs/demo-64").path),
            try AttributeJudge(reading: resources.appendingPathComponent("Judges/demo-64.safetensors").path)
        )
    }

    private static func segmenter() throws -> RegionJudge {
        try RegionJudge(reading: resources.appendingPathComponent("Judges/demo-64-segmenter.safetensors").path)
    }

    @Test("The demo pack is measured in every section")
    func demoPack() throws {
        let (pack, judge) = try Self.demo()
        var options = EvaluationRun.Options()
        (options.faces, options.steps) = (8, 2)
        var lines: [String] = []
        let run = try EvaluationRun(pack, judge: judge, segmenter: Self.segmenter(), options: options) {
            lines.append($0)
        }
        let (evaluation, pictures) = try run.run()
        #expect(lines.contains("samples") && lines.contains("inversion"))
        #expect(evaluation.digest == pack.digest && evaluation.faces == 8)
        #expect(evaluation.unmeasured.isEmpty)
        let regions = try #require(evaluation.judges.regions)
        #expect(evaluation.judges.attributes > 0.95 && regions > 0.8)

        let text = try #require(evaluation.text)
        #expect(text.accuracy > 0.8 && text.accuracy > text.chance && text.accuracyOnRenders > 0.95)
        let retrieval = try #require(evaluation.retrieval)
        #expect(retrieval.retrieval.others == 7 && retrieval.onRenders.precision > 0.5)
        #expect(retrieval.distance > 0 && retrieval.distance < retrieval.distanceOfRenders)
        let diversity = try #require(evaluation.diversity)
        #expect(diversity.captions == 1 && diversity.samples == 8 && diversity.share > 0.2)
        let samples = try #require(evaluation.samples)
        #expect(samples.count == 8 && !samples.isFID)
        #expect(samples.frechet.value > 0 && samples.frechetFloor.value > 0 && (0...1).contains(samples.coverage))
        let inversion = try #require(evaluation.inversion)
        #expect(inversion.encoder.photos == 8 && inversion.encoder.peakSignalToNoise > 12)
        #expect(inversion.optimized?.photos == 1 && inversion.optimized?.steps == 2)
        let edits = try #require(evaluation.edits)
        #expect(edits.all.edits > 10 && edits.all.edits == edits.rows.map(\.edits).reduce(0, +))
        #expect(edits.all.success > 0.5 && edits.renders.success > 0.9 && edits.renders.unchanged > 0.95)
        #expect(edits.identity > edits.identityOfOthers)
        for quality in [evaluation.sketch, evaluation.labels] {
            let quality = try #require(quality)
            #expect(quality.accuracy > 0.6 && quality.accuracyOfRenders > 0.9)
            #expect(try #require(quality.overlap) > 0.5)
        }
        #expect(pictures.map(\.section).contains(.samples) && pictures.allSatisfy { !$0.rows.isEmpty })

        try check(json: evaluation.json(), of: evaluation)
        try check(page: EvaluationPage(evaluation, pictures: pictures).html(), of: evaluation)
    }

    private func check(json: Data, of evaluation: Evaluation) throws {
        let again = try JSONDecoder().decode(Evaluation.self, from: json)
        #expect(again.figures == evaluation.figures && again.unmeasured == evaluation.unmeasured)
        #expect(again.comparesWithNothingPublished)
        for figure in evaluation.figures {
            #expect(figure.value.isFinite, "\(figure.name)")
            #expect((figure.isMet == nil) == (figure.goal == nil))
        }
        // The number of pictures stands in the name of the figure.
        #expect(evaluation.figures.contains { $0.name.contains("N = 8 and 8") })
        #expect(!evaluation.figures.contains { $0.name.contains("LPIPS") || $0.name.contains("FID") })
    }

    private func check(page: String, of evaluation: Evaluation) throws {
        for words in [
            "demo-64", evaluation.digest, "data:image/png;base64,", "106.37", "not comparable",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        for figure in evaluation.figures {
            #expect(page.contains(figure.name.replacingOccurrences(of: "&", with: "&amp;")))
        }
        // Nothing comes from elsewhere, and nothing runs.
        for words in ["http://", "https://", "<script", "<link", "@import", "url("] { #expect(!page.contains(words)) }
        #expect(page.contains("compare with nothing published"))
    }

    @Test("What a pack has no network for is named with what would help")
    func gaps() throws {
        let (demo, judge) = try Self.demo()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-gaps-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var contents = try demo.contents()
        contents[.sketch] = nil
        let pack = try ModelPack.write(contents, to: folder.path)
        var options = EvaluationRun.Options()
        options.faces = 8
        let (evaluation, pictures) = try EvaluationRun(pack, judge: judge, options: options).run([.sketch])
        let gap = try #require(evaluation.unmeasured.first)
        #expect(gap.section == .sketch && gap.part == nil && gap.reason.contains("tedi-model import"))
        #expect(evaluation.sketch == nil && evaluation.unmeasured.count == 1)
        #expect(try EvaluationPage(evaluation, pictures: pictures).html().contains("Not measured"))
    }

    @Test("A part alone is measured alone")
    func one() throws {
        let (pack, judge) = try Self.demo()
        var options = EvaluationRun.Options()
        (options.faces, options.steps) = (8, 0)
        let (evaluation, _) = try EvaluationRun(pack, judge: judge, options: options).run([.inversion])
        #expect(Set(evaluation.figures.compactMap(\.section)) == [.inversion])
        #expect(evaluation.inversion?.optimized == nil && evaluation.text == nil && evaluation.unmeasured.isEmpty)
    }

    @Test("A judge of another size and numbers out of range are refused before anything is drawn")
    func refusals() throws {
        let (pack, _) = try Self.demo()
        let small = try ParameterStore(seed: 1).build { scope throws(LayerError) in
            try AttributeClassifier(in: scope, size: 32, attributes: 32)
        }
        let error = try #require(throws: TediGANError.self) {
            try EvaluationRun(pack, judge: AttributeJudge(network: small))
        }
        #expect(error.description.contains("32 pixels") && error.description.contains("64"))
        let (_, judge) = try Self.demo()
        let regions = try ParameterStore(seed: 1).build { scope throws(LayerError) in
            try FaceSegmenter(in: scope, size: 32)
        }
        #expect(throws: TediGANError.self) {
            try EvaluationRun(pack, judge: judge, segmenter: RegionJudge(network: regions))
        }
        for change in [{ $0.faces = 7 }, { $0.faces = 20_001 }, { $0.steps = -1 }]
            as [(inout EvaluationRun.Options) -> Void]
        {
            var options = EvaluationRun.Options()
            change(&options)
            #expect(throws: TediGANError.self) { try EvaluationRun(pack, judge: judge, options: options) }
        }
    }

    @Test("A goal is met at its bound, whichever way it points; numbers are written as far as they can be told")
    func figures() {
        #expect(EvaluationFigure(nil, "a", 0.92, goal: .atLeast(0.92)).isMet == true)
        #expect(EvaluationFigure(nil, "a", 0.91, goal: .atLeast(0.92)).isMet == false)
        #expect(EvaluationFigure(nil, "a", 3, goal: .atMost(2)).isMet == false)
        #expect(EvaluationFigure(nil, "a", 3).isMet == nil)
        #expect(EvaluationFigure.Goal.atLeast(0.7).text == "≥ 0.700")
        let texts = [0.12345, 1, 2.345, 12.34, 123.4, -12.34, .nan].map(EvaluationFigure.text)
        #expect(texts == ["0.123", "1.000", "2.35", "12.3", "123", "-12.3", "none"])
    }
}
