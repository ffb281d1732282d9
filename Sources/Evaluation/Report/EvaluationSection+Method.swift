extension EvaluationSection {
    /// How the section's figures come about, for a reader of the report.
    var method: String {
        switch self {
        case .text:
            "Captions of faces that no training stage has seen are drawn twice each. The judge looks whether every "
                + "attribute that a caption names is as it says; beside it stands what the judge confirms on the "
                + "rendered faces that the captions describe."
        case .retrieval:
            "Each picture has to find its caption among 99 others, by what the judge reads from the picture: a caption "
                + "scores the sum of log p(mention | picture) / p(mention). Published R-precisions match by a network "
                + "of words and pictures and cannot be compared."
        case .diversity:
            "Eight samples of one caption beside eight rendered faces on which what the caption names is forced: the "
                + "mean distance of all pairs in the space of features, and the distance of neighbours as pictures."
        case .samples:
            "Faces from noise, without truncation, beside the test faces. Fréchet and kernel distance compare two sets "
                + "of the N that is given; the floor is the distance of as many other rendered faces. Coverage is the "
                + "share of test faces that have a sample within the distance of their k-th nearest test face."
        case .inversion:
            "Test faces as photos: the picture of the encoder's code, then of the code after optimisation, as "
                + "tedi-model invert does it. PSNR is the mean over photos."
        case .edits:
            "Photos by their encoder's code, edited as tedi-model edit does by a sentence that names one attribute "
                + "which the face has otherwise. Only edits that the renderer could draw are asked for; attributes "
                + "that the renderer changes along, or that share a feature, do not count as unrelated."
        case .sketch:
            "Line drawings of test faces. Judged are the attributes that such a drawing shows: outlines whose change "
                + "changes the drawing. Accuracy is the mean of the rates for present and absent, so guessing gives "
                + "0.5. The overlap is that of the face's regions with those that the judge of regions sees."
        case .labels:
            "Label maps of test faces, judged as sketches are."
        }
    }
}
