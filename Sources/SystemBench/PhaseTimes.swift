import Foundation

/// What a worker says in its metrics about the phases of its work.
struct PhaseTimes: Sendable {
    /// Seconds in each phase, such as `claim` or `model`, in alphabetical order.
    let phases: [(name: String, seconds: Double)]
    /// Jobs that ended well.
    let jobs: Double

    /// Reads the file that a worker has written; nothing where there is none.
    init(reading path: String) {
        self.init(exposition: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
    }

    /// Reads Prometheus text: sums of the histograms `tedi_worker_<phase>_seconds`.
    init(exposition text: String) {
        var seconds: [String: Double] = [:]
        var jobs = 0.0
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            guard words.count == 2, let value = Double(words[1]) else { continue }
            let series = words[0].prefix { $0 != "{" }
            if series.hasPrefix("tedi_worker_"), series.hasSuffix("_seconds_sum") {
                let phase = series.dropFirst("tedi_worker_".count).dropLast("_seconds_sum".count)
                seconds[String(phase), default: 0] += value
            } else if series == "tedi_jobs_total", words[0].contains("state=\"succeeded\"") {
                jobs += value
            }
        }
        phases = seconds.sorted { $0.key < $1.key }.map { (name: $0.key, seconds: $0.value) }
        self.jobs = jobs
    }
}
