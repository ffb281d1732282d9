import Evaluation
import FaceData
import Foundation
import Images
import TediGAN
import Torch
import Training

extension Studio {
    /// How far the exhibits' photos are optimised.
    static let marks = [0, 5, 15, 40, 100]

    /// Photos, what the encoder's code is drawn as, and what is left between them.
    func inversion() throws -> Exhibit {
        let shown = Array(0..<8)
        let many = Array(0..<100)
        let pictures = try photos.pictures(many)
        let codes = try withInferenceMode { try encoder(pictures) }
        let drawn = try withInferenceMode { try generator.synthesize(codes) }
        let again = try withInferenceMode { try encoder(drawn) }
        let rest = try (drawn - pictures).abs() * 2 - 1
        let agreement = try agreement(of: judged.logits(of: codes.latentCodes()), with: many)
        let range = (start: 0, length: shown.count)
        return try Exhibit(
            "inversion",
            rows: [
                Exhibit.Row("photos (rendered, never trained on)", Self.images(of: photos.pictures(shown))),
                Exhibit.Row(
                    "the generator's picture of the encoder's code",
                    Self.images(of: drawn.narrow(0, start: range.start, length: range.length))),
                Exhibit.Row(
                    "twice the difference", Self.images(of: rest.narrow(0, start: range.start, length: range.length))),
            ],
            numbers: [
                "photos": .integer(Int64(many.count)),
                "psnr": .rounded(Self.psnr(drawn, pictures)),
                "attributesKept": .rounded(agreement),
                "codeDistanceAfterOneMoreTurn": .rounded(
                    try VisualLinguisticSimilarity.distance(again, codes).mean().item()),
                "codeVariance": .rounded(
                    try (codes - codes.mean([0], keepDims: true)).square().mean().item()),
            ])
    }

    /// The same photos during instance-level optimisation, first for the photo, then for a text besides.
    func optimization() throws -> Exhibit {
        let captions = ["she wears eyeglasses", "a person with black hair", "he is smiling and has a beard"]
        let shown = [0, 3, 5]
        var rows: [Exhibit.Row] = []
        let encoding: (Tensor) throws(TorchError) -> Tensor = { [encoder] images throws(TorchError) in
            try encoder(images)
        }
        let plain = try InstanceOptimization(
            generator: generator, terms: [.init(1, PixelLoss()), .init(0.005, EncoderLoss(encoding))],
            rate: .constant(0.03))
        let guided = try InstanceOptimization(
            generator: generator,
            terms: [.init(1, PixelLoss()), .init(0.005, EncoderLoss(encoding)), .init(2, TextCodeLoss())],
            rate: .constant(0.03))
        let goals = try shown.enumerated().map { index, photo in
            let image = try photos.pictures([photo])
            let start = try withInferenceMode { try encoder(image) }.clone()
            var goal = OptimizationGoal(start: start, image: image)
            goal.textCode = try mixed(start, with: captions[index])
            return goal
        }
        let (first, firstCurve) = try run(plain, goals)
        let (second, secondCurve) = try run(guided, goals)
        for index in shown.indices {
            let photo = try Self.images(of: goals[index].image ?? Tensor.zeros([1, 3, 8, 8]))
            rows.append(
                Exhibit.Row(
                    index < shown.count - 1
                        ? "" : "photo; after \(Self.marks.map(String.init).joined(separator: ", ")) steps",
                    try photo + draw(first[index])))
        }
        for index in shown.indices {
            let photo = try Self.images(of: goals[index].image ?? Tensor.zeros([1, 3, 8, 8]))
            rows.append(
                Exhibit.Row(
                    "the same with the text \u{201C}\(captions[index])\u{201D}", try photo + draw(second[index])))
        }
        return try Exhibit(
            "optimization", rows: rows,
            numbers: [
                "steps": .array(Self.marks.map { .integer(Int64($0)) }), "losses": .object(firstCurve),
                "lossesWithText": .object(secondCurve), "captions": .array(captions.map(JSONValue.string)),
            ])
    }

    /// The photo's code with what a caption names taken from the text's code.
    private func mixed(_ start: Tensor, with caption: String) throws -> Tensor {
        let code = try start.latentCodes()[0]
        let (text, claims) = try read(caption)
        return try Tensor(codes: [control.mix(code, with: text, claims: claims)])
    }

    private func run(
        _ optimization: InstanceOptimization, _ goals: [OptimizationGoal]
    ) throws -> (codes: [[LatentCode]], losses: [String: JSONValue]) {
        let faces = try goals.map { goal in try optimization.face(goal) }
        var codes = [[LatentCode]](repeating: [], count: faces.count)
        var curves: [String: [Double]] = [:]
        for step in 0...(Self.marks.last ?? 0) {
            guard Self.marks.contains(step) else {
                try optimization.step(faces)
                continue
            }
            for (index, face) in faces.enumerated() { codes[index] += try face.code.detached().latentCodes() }
            let reports = try optimization.step(faces).compactMap(\.self)
            for name in reports.first?.losses.keys.sorted() ?? [] {
                curves[name, default: []].append(reports.compactMap { $0.losses[name] }.average)
            }
        }
        return (codes, curves.mapValues(JSONValue.list))
    }

    /// Share of the photos' attributes that the judge sees rightly.
    private func agreement(of logits: [[Double]], with indices: [Int]) -> Double {
        zip(logits, indices).map { row, face in
            let truth = photos.faces[face].attributes
            return Double(zip(row, truth).count { ($0 > 0) == $1 }) / Double(truth.count)
        }.average
    }

    private static func psnr(_ first: Tensor, _ second: Tensor) throws -> Double {
        -10 * log10(try ((first - second) / 2).square().mean().item())
    }
}
