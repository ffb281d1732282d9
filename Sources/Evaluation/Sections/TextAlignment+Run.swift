import FaceData
import Images
import TediGAN
import Torch
import Training

extension EvaluationRun {
    /// Measures text alignment with two samples per caption, and draws some captions.
    func textAlignment() throws -> TextAlignment {
        let model = try TextToImage(pack: pack)
        let test = TextAlignmentTest(model: model, judge: judge) { [unowned self] range in
            progress("captions", Array(range), of: options.faces)
        }
        let alignment = try test.run(captions: options.faces, samples: 2, seed: options.seed)
        let grammar = CaptionGrammar(seed: options.seed &+ 9)
        let rows = try (0..<min(8, options.faces)).map { face in
            // The captions that were judged, with more samples of each.
            let caption = grammar.caption(of: renders.faces[face], face: face, number: face % 10)
            let made = try model.generate(
                (0..<6).map {
                    TextToImageRequest(caption: caption.text, seed: options.seed &+ UInt64(face), sample: $0)
                })
            return EvaluationPicture.Row(
                caption.text, try made.map { try RGBImage(width: $0.width, height: $0.height, pixels: $0.pixels) })
        }
        show(EvaluationPicture(.text, "Six samples of each caption", rows: rows))
        return alignment
    }
}

extension TextAlignment: SectionQuality {
    var figures: [EvaluationFigure] {
        var figures = [
            EvaluationFigure(
                .text, "attribute accuracy over attributes named (\(mentions) mentions)", accuracy,
                .renders(accuracyOnRenders), goal: .atLeast(0.92)),
            EvaluationFigure(.text, "the same, beside chance", accuracy, .chance(chance)),
            EvaluationFigure(.text, "of what a caption says is there", accuracyOfPresence),
            EvaluationFigure(.text, "of what a caption says is not there", accuracyOfAbsence),
        ]
        if let worst {
            figures.append(
                EvaluationFigure(
                    .text, "worst single attribute (\(worst.name), named \(counts[worst.name] ?? 0) times)",
                    worst.share,
                    attributesOnRenders[worst.name].map { .renders($0) }, goal: .atLeast(0.75)))
        }
        return figures
    }
}
