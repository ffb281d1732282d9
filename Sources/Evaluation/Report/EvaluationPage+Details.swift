extension EvaluationPage {
    /// Figures of single attributes and regions, to be opened.
    func details(of section: EvaluationSection, in evaluation: Evaluation) -> String {
        switch section {
        case .text:
            guard let text = evaluation.text else { return "" }
            let rows = text.attributes.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { name, share in
                [
                    name, EvaluationFigure.text(of: share),
                    text.attributesOnRenders[name].map(EvaluationFigure.text) ?? "", "\(text.counts[name] ?? 0)",
                ]
            }
            return Self.folded("Each attribute", HTML.table(["attribute", "share", "on renders", "named"], rows))
        case .edits:
            guard let edits = evaluation.edits else { return "" }
            let rows = edits.rows.sorted { ($0.success, $0.attribute) < ($1.success, $1.attribute) }.map {
                [
                    $0.attribute, EvaluationFigure.text(of: $0.success), EvaluationFigure.text(of: $0.unchanged),
                    "\($0.edits)",
                ]
            }
            return Self.folded("Each attribute", HTML.table(["attribute", "changes", "rest unchanged", "edits"], rows))
        case .sketch: return Self.regions(evaluation.sketch)
        case .labels: return Self.regions(evaluation.labels)
        case .retrieval, .diversity, .samples, .inversion: return ""
        }
    }

    private static func regions(_ quality: ConditionQuality?) -> String {
        guard let quality else { return "" }
        let judged = HTML.paragraph("Judged: " + quality.attributes.joined(separator: ", ") + ".", class: "faint")
        guard !quality.overlaps.isEmpty else { return judged }
        let rows = quality.overlaps.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map {
            [$0.key, EvaluationFigure.text(of: $0.value)]
        }
        return judged + folded("Each region", HTML.table(["region", "overlap"], rows))
    }

    private static func folded(_ title: String, _ content: String) -> String {
        "<details><summary>\(title)</summary>\(content)</details>\n"
    }
}
