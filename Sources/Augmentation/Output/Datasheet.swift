/// Tells what a run has made, from what, and how: a page in Markdown that is the same for the same run.
struct Datasheet {
    let recipe: Recipe
    let recipeDigest: String
    let state: RunState
    let summary: RunSummary
    let distribution: AttributeDistribution
    let images: Int
    let hasPlot: Bool

    var text: String {
        var lines = ["# \(recipe.name): what this data set is", ""]
        let samples = summary.samples
        lines += [
            "Made by `tedi augment` from \(grouped(images)) images: \(grouped(samples.done)) samples of "
                + "\(grouped(samples.total)) that were wanted, \(grouped(samples.rejected)) rejected by the gates, "
                + "\(grouped(samples.failed)) failed.", "",
        ]
        lines += policies + attributes + quality + failures + provenance + layout
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: Counts

    private var policies: [String] {
        var lines = [
            "## Counts", "",
            "| policy | kind | wanted | made | rejected | failed | tries | acceptance of tries |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for policy in recipe.policies {
            let one = summary.policies[policy.name] ?? RunSummary.Policy()
            let rate = one.tries == 0 ? "" : percent(Double(one.accepted) / Double(one.tries))
            lines.append(
                "| \(policy.name) | \(policy.kind) | \(one.samples.total) | \(one.samples.done) | "
                    + "\(one.samples.rejected) | \(one.samples.failed) | \(one.tries) | \(rate) |")
        }
        return lines + [""]
    }

    // MARK: Attributes

    private var attributes: [String] {
        guard !distribution.names.isEmpty else { return [] }
        var lines = [
            "## Attributes", "",
            "Shares of the images before, and of images and samples together after. A sample counts with what its image "
                + "had and what was changed; samples of kind resynthesis do not count, nor do colours of kind style: nothing is known of them.",
            "",
        ]
        if hasPlot {
            lines += ["![Shares of attributes: before in gray, after in blue, wanted in red](attributes.png)", ""]
        }
        lines += ["| attribute | before | after | wanted |", "| --- | ---: | ---: | ---: |"]
        for name in distribution.names {
            let before = distribution.before[name]?.share ?? 0
            let after = distribution.after[name]?.share ?? 0
            let target = distribution.targets[name].map(percent) ?? ""
            lines.append("| \(name) | \(percent(before)) | \(percent(after)) | \(target) |")
        }
        return lines + [""]
    }

    // MARK: Quality

    private var quality: [String] {
        var lines = [
            "## Gates", "", "| policy | gate | bound | tries kept out | mean of what was kept | measured |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
        ]
        for policy in recipe.policies where policy.needsWorkers {
            let one = summary.policies[policy.name] ?? RunSummary.Policy()
            let gates: [(String, Double?, String)] = [
                ("similarity", policy.gates.similarity, "at least "), ("identity", policy.gates.identity, "at least "),
                ("drift", policy.gates.drift, "at most "), ("artefact", policy.gates.artefact, "at most "),
            ]
            for (name, bound, words) in gates {
                let mean = one.scores[name]
                lines.append(
                    "| \(policy.name) | \(name) | \(bound.map { words + Judge.text($0) } ?? "") | "
                        + "\(one.gates[name] ?? 0) | \(mean.map { Judge.text($0.value) } ?? "") | \(mean?.count ?? 0) |"
                )
            }
        }
        return lines.count > 4 ? lines + [""] : []
    }

    private var failures: [String] {
        guard !summary.failures.isEmpty || summary.defects > 0 else { return [] }
        var lines = ["## What could not be made", "", "Each with its reason in `failed.jsonl`.", ""]
        for (code, count) in summary.failures.sorted(by: { $0.key < $1.key }) { lines.append("- \(code): \(count)") }
        if summary.defects > 0 { lines.append("- files and rows that are no image of their own: \(summary.defects)") }
        return lines + [""]
    }

    // MARK: Provenance

    private var provenance: [String] {
        var lines = [
            "## Provenance", "", "- recipe: `recipe.yaml`, digest \(recipeDigest), seed \(recipe.seed)",
        ]
        for dataset in state.datasets { lines.append("- data set: \(dataset)") }
        if let model = state.model {
            lines.append("- model: \(model), \(state.resolution ?? 0) pixels")
        }
        let changed = summary.changed
        if changed.images > 0 {
            lines.append(
                "- images that have changed since samples were made of them: \(grouped(changed.images)) "
                    + "(\(changed.text)); their \(grouped(changed.samples)) samples are of what they were before")
        }
        for (pack, count) in summary.packs.sorted(by: { $0.key < $1.key }) {
            lines.append("- pack \(pack): \(count) samples")
        }
        lines.append("- seeds follow from the recipe, a sample's key and the number of its try: each can be made again")
        return lines + [""]
    }

    private var layout: [String] {
        var lines = ["## Files", ""]
        if recipe.output.images {
            lines.append("- `images/` with `metadata.jsonl`: `load_dataset(\"imagefolder\", data_dir=\"images\")`")
        }
        if recipe.output.shards {
            lines.append(
                "- `shards/NNNNNN.tar`: png, json and txt of each sample, with labels.png where a label map is valid for it"
            )
        }
        lines += [
            "- `index.jsonl`, `index.csv`: every sample that was wanted; `failed.jsonl`: those that are not there",
            "- `rejects/`: what the gates kept out, with reasons",
        ]
        return lines
    }

    private func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private func grouped(_ value: Int) -> String {
        var digits = String(value)
        var result = ""
        while digits.count > 3 {
            result = ",\(digits.suffix(3))\(result)"
            digits.removeLast(3)
        }
        return digits + result
    }
}
