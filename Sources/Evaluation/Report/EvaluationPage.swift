/// An evaluation as one page of HTML: figures, pictures, methods; it needs no other file and no script.
public struct EvaluationPage {
    private let evaluation: Evaluation
    private let pictures: [EvaluationPicture]

    /// A page.
    public init(_ evaluation: Evaluation, pictures: [EvaluationPicture]) {
        (self.evaluation, self.pictures) = (evaluation, pictures)
    }

    /// The page's text.
    ///
    /// - Throws: `ImageError` where a picture cannot be encoded.
    public func html() throws -> String {
        let name = HTML.escaped(evaluation.pack)
        let sections = try EvaluationSection.allCases.map(section)
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Evaluation of \(name)</title>
            <style>
            \(PageStyle.css)
            </style>
            </head>
            <body>
            <h1>Evaluation of \(name)</h1>
            \(head)\(summary)\(missing)\(sections.joined())\(networks)\(paper)
            </body>
            </html>

            """
    }

    private var head: String {
        let digest = "<p class=\"faint\">Pack <code>\(HTML.escaped(evaluation.digest))</code></p>\n"
        return digest
            + HTML.paragraph(
                "\(evaluation.faces) test faces of \(evaluation.resolution) pixels that no training stage has seen, "
                    + "seed \(evaluation.seed). Judges never took part in training the pack.", class: "faint")
    }

    private var summary: String {
        let goals = evaluation.figures.compactMap(\.isMet)
        let met = goals.count { $0 }
        var text = "<h2>All figures</h2>\n"
        if !goals.isEmpty { text += HTML.paragraph("\(met) of \(goals.count) goals are met.") }
        text += table(of: evaluation.figures, grouped: true)
        if evaluation.comparesWithNothingPublished {
            text +=
                "<div class=\"note\">"
                + HTML.paragraph(
                    "Where no published network was given, pictures are compared by the features of the pack's own "
                        + "judge. Such figures compare with nothing published; what they mean is told by the figure "
                        + "for real renders beside them.") + "</div>\n"
        }
        return text
    }

    /// A table of figures, with a heading before those of each section where it holds several.
    private func table(of figures: [EvaluationFigure], grouped: Bool = false) -> String {
        let rows = figures.enumerated().map { index, figure in
            let isFirst = index == 0 || figures[index - 1].section != figure.section
            let heading = figure.section?.title ?? "The judges on real renders"
            let group =
                grouped && isFirst
                ? "<tr class=\"group\"><th colspan=\"6\" scope=\"rowgroup\">\(HTML.escaped(heading))</th></tr>\n" : ""
            let reference = figure.reference
            let met =
                switch figure.isMet {
                case true?: "<td class=\"met\">met</td>"
                case false?: "<td class=\"missed\">missed</td>"
                case nil: "<td></td>"
                }
            return group + "<tr><th scope=\"row\">\(HTML.escaped(figure.name))</th>"
                + "<td class=\"n\">\(EvaluationFigure.text(of: figure.value))</td>"
                + "<td class=\"n\">\(reference.map { EvaluationFigure.text(of: $0.value) } ?? "")</td>"
                + "<td>\(HTML.escaped(reference?.name ?? ""))</td>"
                + "<td class=\"n\">\(HTML.escaped(figure.goal?.text ?? ""))</td>\(met)</tr>"
        }
        let head = ["figure", "value", "beside", "of what", "goal", ""].enumerated().map { column, title in
            "<th scope=\"col\"\([1, 2, 4].contains(column) ? " class=\"n\"" : "")>\(title)</th>"
        }
        return "<div class=\"wide\"><table><thead><tr>\(head.joined())</tr></thead><tbody>\n"
            + rows.joined(separator: "\n") + "\n</tbody></table></div>\n"
    }

    private var missing: String {
        guard !evaluation.unmeasured.isEmpty else { return "" }
        let rows = evaluation.unmeasured.map { [$0.section.title, $0.part ?? "all of it", $0.reason] }
        return "<h2>Not measured</h2>\n" + HTML.table(["section", "what", "why"], rows, words: [1, 2])
    }

    private func section(_ section: EvaluationSection) throws -> String {
        let figures = evaluation.figures.filter { $0.section == section }
        guard !figures.isEmpty else { return "" }
        var text = "<h2>\(HTML.escaped(section.title))</h2>\n" + HTML.paragraph(section.method) + table(of: figures)
        for picture in pictures where picture.section == section {
            text += "<h3>\(HTML.escaped(picture.title))</h3>\n"
            for row in picture.rows {
                let images = try row.images.enumerated().map { index, image in
                    let note = row.notes.indices.contains(index) ? row.notes[index] : nil
                    let tile = try HTML.image(image, label: note ?? row.label)
                    return note.map { "<div>\(tile)<span>\(HTML.escaped($0))</span></div>" } ?? tile
                }
                let caption = row.label.isEmpty ? "" : "<figcaption>\(HTML.escaped(row.label))</figcaption>"
                text += "<figure>\(caption)<div class=\"faces\">\(images.joined())</div></figure>\n"
            }
        }
        return text + details(of: section, in: evaluation)
    }

    private var networks: String {
        let judges = ["attributes", "regions"]
        let rows = evaluation.networks.map { network in
            let isPublished =
                judges.contains(network.use)
                ? "judge, trained on rendered faces"
                : network.isPublished ? "published" : "compares with nothing published"
            return [network.use, network.name, network.sha256.map { String($0.prefix(16)) } ?? "", isPublished]
        }
        return "<h2>The networks that measured</h2>\n"
            + HTML.table(["use", "network", "SHA-256 of the file", ""], rows, words: [1, 2, 3])
    }

    private var paper: String {
        "<h2>The paper's own tables: not comparable</h2>\n"
            + "<ul>" + PaperTables.caveats.map { "<li>\(HTML.escaped($0))</li>" }.joined() + "</ul>\n"
            + "<h3>Text to image, as reported</h3>\n" + PaperTables.textToImage
            + "<h3>Edits by text, as reported</h3>\n" + PaperTables.manipulation
    }
}
