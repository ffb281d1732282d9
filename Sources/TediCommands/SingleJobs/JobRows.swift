import JobAPI
import Reporting

/// A job as names and values for people.
enum JobRows {
    static func of(_ job: JobView, columns: Int) -> [(String, String)] {
        let request = job.request
        var rows = [
            ("job", "\(job.id)"), ("batch", "\(job.batch)"), ("line", "\(job.line)"), ("sample", "\(job.sample)"),
            ("state", job.state.rawValue), ("attempts", "\(job.attempts)"),
        ]
        if let kind = request.kind { rows.append(("kind", kind.rawValue)) }
        if !request.caption.isEmpty { rows.append(("caption", request.caption)) }
        rows += [("seed", "\(request.seed)"), ("model", request.model)]
        rows += inputs(request.inputs)
        if let options = request.options { rows.append(("options", Self.options(options))) }
        if job.crashes > 0 { rows.append(("crashes", "\(job.crashes)")) }
        if let waiting = job.waiting { rows.append(("waits", "\(waiting.code.rawValue): \(waiting.message)")) }
        if let progress = job.progress { rows += Self.progress(progress, columns: columns) }
        if let id = job.customID { rows.append(("custom id", id)) }
        if let psi = request.truncation { rows.append(("truncation", "\(psi)")) }
        if let worker = job.worker { rows.append(("worker", worker)) }
        if let date = job.finishedAt { rows.append(("finished", Times.short(date))) }
        if let result = job.result { rows += Self.result(result) }
        if let failure = job.failure { rows.append(("failure", "\(failure.code): \(failure.message)")) }
        return rows
    }

    /// What it works on, one row for each.
    static func inputs(_ inputs: InputsView?) -> [(String, String)] {
        guard let inputs else { return [] }
        let single = [
            ("photo", inputs.photo), ("sketch", inputs.sketch), ("labels", inputs.labels), ("code", inputs.code),
            ("index", inputs.index),
        ].compactMap { name, value in value.map { (name, $0) } }
        return single + (inputs.sources ?? []).map { ("source", $0) } + (inputs.noise == true ? [("noise", "yes")] : [])
    }

    /// Options as compact JSON.
    static func options(_ options: OptionsBody) -> String {
        (try? WireFormat.encode(options)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// How far it is, in short: `step 215 of 500, loss 0.12`.
    static func step(_ progress: JobView.Progress) -> String {
        "step \(progress.step) of \(progress.total)" + (progress.note.map { ", \($0)" } ?? "")
    }

    private static func progress(_ progress: JobView.Progress, columns: Int) -> [(String, String)] {
        let fraction = progress.total > 0 ? Double(progress.step) / Double(progress.total) : 0
        let bar = ProgressLine.bar(fraction, width: max(10, min(30, columns - 60)))
        var rows = [("progress", "|\(bar)| " + step(progress))]
        if let checkpoint = progress.checkpoint { rows.append(("checkpoint", checkpoint)) }
        if let preview = progress.preview { rows.append(("preview", preview)) }
        if let curve = progress.curve { rows.append(("losses", curve)) }
        return rows
    }

    private static func result(_ result: JobView.Result) -> [(String, String)] {
        var rows = [
            ("image", result.image), ("size", "\(result.width) x \(result.height), \(result.bytes) bytes"),
            ("code", result.code), ("time", "\(result.milliseconds) ms"),
        ]
        if let pack = result.pack { rows.append(("pack", pack)) }
        if let manifest = result.manifest { rows.append(("manifest", manifest)) }
        for (name, score) in (result.scores ?? [:]).sorted(by: { $0.key < $1.key }) {
            rows.append((name, Scores.text(score)))
        }
        for output in result.outputs ?? [] {
            rows.append(("output", "\(output.name) \(output.digest), \(output.bytes) bytes"))
        }
        return rows
    }
}

/// Figures for people.
enum Scores {
    /// Four digits behind the point.
    static func text(_ score: Double) -> String {
        guard score.isFinite, abs(score) < 1e12 else { return "\(score)" }
        let thousandths = Int((abs(score) * 10_000).rounded())
        let digits = String(thousandths % 10_000)
        let sign = score < 0 && thousandths > 0 ? "-" : ""
        return "\(sign)\(thousandths / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
