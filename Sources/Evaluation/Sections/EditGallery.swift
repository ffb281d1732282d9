import FaceData
import Images
import Torch

/// Some edits for the report, of a few faces, each attribute once.
struct EditGallery {
    private var rows: [EvaluationPicture.Row] = []
    private var shown: Set<FaceAttribute> = []

    /// Adds a face's edits as long as they show something new.
    mutating func add(_ captions: [FaceCaption], _ before: Tensor, _ after: Tensor, _ run: EvaluationRun) throws {
        let new = captions.indices.filter { !shown.contains(captions[$0].mentions[0].attribute) }.prefix(8)
        guard !new.isEmpty, rows.count < 6 else { return }
        let images = try run.images(of: after)
        shown.formUnion(new.map { captions[$0].mentions[0].attribute })
        rows.append(
            .init(
                "", try run.images(of: before) + new.map { images[$0] },
                notes: ["before"] + new.map { captions[$0].text }))
    }

    /// Hands the picture to the run.
    func show(in run: EvaluationRun) {
        guard !rows.isEmpty else { return }
        run.show(EvaluationPicture(.edits, "Photos as drawn from their codes, and edits of them", rows: rows))
    }
}
