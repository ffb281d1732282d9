import FaceData
import TediGAN
import Torch
import Training

/// What edits by caption do to photos: one for every attribute of every face that can be asked for.
///
/// A photo's code comes from the encoder alone. An attribute is asked for where the judge sees it in the drawn code as
/// it is in the photo, by a sentence that says nothing else.
public struct EditQuality: SectionQuality, Codable, Sendable, Hashable {
    /// Edits of one attribute, or of all.
    public struct Row: Codable, Sendable, Hashable {
        /// The attribute.
        public let attribute: String
        /// How many.
        public let edits: Int
        /// Share in which the judge's verdict on the attribute changed as asked.
        public let success: Double
        /// Share of verdicts on unrelated attributes that stayed.
        public let unchanged: Double
    }

    /// Photos that were edited.
    public let photos: Int
    /// By attribute.
    public let rows: [Row]
    /// All edits together.
    public let all: Row
    /// The same edits made by the renderer: the ceiling.
    public let renders: Row
    /// Mean cosine of the faces before and after, in the space that identity is told by.
    public let identity: Double
    /// The same cosine for two different faces: the floor.
    public let identityOfOthers: Double

    init(_ run: EvaluationRun) throws {
        let encoder = try run.pack.pictureEncoder(.photo)
        let edit = try TextGuidedEdit(pack: run.pack, generator: run.generator())
        let possible = RenderedEdits(seed: run.options.seed)
        let grammar = CaptionGrammar(seed: run.options.seed &+ 23)
        let identity = try IdentityComparison(run)
        var tallies = FaceAttribute.allCases.map { EditTally(attribute: $0.name) }
        var (ceiling, shown) = (EditTally(attribute: "all"), EditGallery())
        var (cosines, others) = ([Double](), [Double]())
        for face in 0..<run.options.few {
            let codes = try withInferenceMode { try encoder.codes(ofImages: run.renders.pictures([face])) }
            let code = try codes.latentCodes()[0]
            let before = try run.draw([code])
            let seen = try run.judge.attributes(of: before)[0]
            let asked = FaceAttribute.allCases.compactMap { attribute -> (FaceCaption, RenderedEdits.Change)? in
                let truth = run.renders.faces[face][attribute]
                let mention = AttributeMention(attribute: attribute, value: !truth)
                guard seen[attribute.index] == truth, let change = possible.change(face, to: mention),
                    let caption = grammar.caption(saying: mention, face: face, number: attribute.index)
                else { return nil }
                return (caption, change)
            }
            guard !asked.isEmpty else { continue }
            let results = try asked.map { try edit.run(.code(code), caption: $0.0.text).edits[0].pixels }
            let after = try Tensor.images(
                bytes: results.flatMap(\.self), count: results.count, height: run.side, width: run.side)
            let verdicts = try run.judge.attributes(of: after)
            let rendered = try run.judge.attributes(
                of: RenderedPictures.tensor([asked[0].1.before.code] + asked.map(\.1.after.code), run))
            for (index, (caption, change)) in asked.enumerated() {
                let attribute = caption.mentions[0].attribute.index
                tallies[attribute].add(seen, verdicts[index], attribute, change.unrelated)
                ceiling.add(rendered[0], rendered[index + 1], attribute, change.unrelated)
            }
            cosines += try identity.cosines(before, after)
            others += try identity.cosinesToOthers(before)
            try shown.add(asked.map(\.0), before, after, run)
            run.progress("edited photos", [face], of: run.options.few)
        }
        shown.show(in: run)
        photos = run.options.few
        rows = tallies.filter { $0.edits > 0 }.map(\.row)
        all = tallies.reduce(into: EditTally(attribute: "all")) { $0.add($1) }.row
        renders = ceiling.row
        (self.identity, identityOfOthers) = (cosines.mean, others.mean)
    }

    var figures: [EvaluationFigure] {
        [
            EvaluationFigure(
                .edits, "asked attribute changes (\(all.edits) edits of \(photos) photos)", all.success,
                .renders(renders.success), goal: .atLeast(0.9)),
            EvaluationFigure(
                .edits, "unrelated attributes unchanged", all.unchanged, .renders(renders.unchanged),
                goal: .atLeast(0.93)),
            EvaluationFigure(
                .edits, "identity, cosine of before and after", identity, .other("two faces", identityOfOthers)),
        ]
    }
}

extension [Double] {
    /// The mean; 0 of none.
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}
