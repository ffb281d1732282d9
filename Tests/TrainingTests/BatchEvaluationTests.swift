import Evaluation
import FaceData
import Foundation
import TediGAN
import Testing

@Suite("Figures of a finished batch", .serialized)
struct BatchEvaluationTests {
    private let pack: ModelPack
    private let faces: FaceSynthesis

    init() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        pack = try ModelPack(opening: root.appendingPathComponent("Resources/Packs/demo-64").path)
        faces = try FaceSynthesis(pack: pack, rows: 8)
    }

    private func pictures(of captions: [String], samples: Int) throws -> [BatchEvaluation.Picture] {
        let requests = captions.enumerated().flatMap { line, caption in
            (0..<samples).map {
                FaceRequest(
                    .generate(nil), caption: caption, key: SampleKey(seed: UInt64(line), sample: UInt64($0)))
            }
        }
        return zip(requests, try faces.make(requests)).map {
            BatchEvaluation.Picture(caption: $0.caption, pixels: $1.pixels, width: 64, height: 64)
        }
    }

    @Test("Pictures that show their captions score high, the same pictures under others' captions do not")
    func figures() throws {
        let captions = [
            "a woman with blond hair and glasses", "a bald man with a beard", "a smiling woman with red hair",
            "an old man with a hat and no beard", "a young man with black hair", "a chubby woman with earrings",
        ]
        let made = try pictures(of: captions, samples: 2)
        let right = try BatchEvaluation(pack: pack, faces: faces)
        // In parts, as they are fetched.
        try right.add(Array(made.prefix(5)))
        try right.add(Array(made.dropFirst(5)))
        let report = try right.report()
        #expect(report.pictures == 12 && report.captions == 6 && report.pack == pack.digest)
        #expect(report.mentions == 38)
        let accuracy = try #require(report.accuracy)
        #expect(accuracy > 0.85)
        #expect(try #require(report.similarity) > 0.85)
        #expect(try #require(report.retrieval).precision > 0.6)
        #expect(try #require(report.diversity) < 1)
        #expect(try #require(report.distance).frechet > 0)
        let beard = try #require(report.attributes.first { $0.name == "Beard" })
        #expect(beard.named == 4 && beard.confirmed != nil && beard.usual > 0)
        #expect(report.attributes.count == 32)

        var moved = made
        for index in moved.indices { moved[index].caption = made[(index + 2) % made.count].caption }
        let wrong = try BatchEvaluation(pack: pack, faces: faces)
        try wrong.add(moved)
        #expect(try #require(wrong.report().accuracy) < accuracy - 0.2)
        let text = String(decoding: try report.json(), as: UTF8.self)
        #expect(text.contains("\"frechet\"") && text.hasSuffix("}\n"))
        #expect(try JSONDecoder().decode(BatchReport.self, from: Data(report.json())) == report)
    }

    @Test("Few pictures, and pictures without words, get the figures that they can have")
    func little() throws {
        let evaluation = try BatchEvaluation(pack: pack, faces: faces)
        #expect(try evaluation.report().pictures == 0)
        let face = FaceRenderer.render(FaceSampler(seed: 1).parameters(of: 0), size: 100)
        try evaluation.add([BatchEvaluation.Picture(caption: "", pixels: face.pixels, width: 100, height: 100)])
        let report = try evaluation.report()
        #expect(report.pictures == 1 && report.mentions == 0)
        #expect(report.accuracy == nil && report.similarity == nil && report.distance == nil && report.diversity == nil)
        #expect(throws: TediGANError.self) {
            try evaluation.add([BatchEvaluation.Picture(caption: "", pixels: [1], width: 1, height: 1)])
        }
    }
}
