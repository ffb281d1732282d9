import JobAPI

/// Draws progress as one line of text.
package enum ProgressLine {
    /// A batch, such as
    /// `celeba-aug  43%|████▎     | 43,112/100,000 [02:11<02:53, 328.0 img/s, fail 12, run 64]`.
    package static func batch(name: String, meter: ProgressMeter, columns: Int) -> String {
        let rate = meter.rate.map { decimal($0) } ?? "?"
        let tail =
            "| \(grouped(meter.finished))/\(grouped(meter.counts.total)) "
            + "[\(clock(meter.elapsed))<\(meter.remaining.map(clock) ?? "?"), \(rate) img/s"
            + (meter.counts.failed > 0 ? ", fail \(grouped(meter.counts.failed))" : "")
            + (meter.counts.cancelled > 0 ? ", cancelled \(grouped(meter.counts.cancelled))" : "")
            + ", run \(grouped(meter.counts.running))]"
        return line(name: name, fraction: meter.fraction, tail: tail, columns: columns)
    }

    /// Something that is counted, such as `uploading  43%|████▎     | 43,112/100,000 lines`.
    package static func counted(name: String, done: Int, of total: Int, unit: String, columns: Int) -> String {
        let fraction = total == 0 ? 0 : min(max(Double(done) / Double(total), 0), 1)
        return line(
            name: name, fraction: fraction, tail: "| \(grouped(done))/\(grouped(total)) \(unit)", columns: columns)
    }

    /// A bar of eighth blocks.
    package static func bar(_ fraction: Double, width: Int) -> String {
        let eighths = Int((min(max(fraction, 0), 1) * Double(width * 8)).rounded(.down))
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let filled = String(repeating: "█", count: eighths / 8) + partial
        return filled + String(repeating: " ", count: width - filled.count)
    }

    /// Seconds as `mm:ss`, or `h:mm:ss` from an hour on.
    package static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "?" }
        let whole = Int(max(seconds, 0).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : two(minutes)) + ":" + two(whole % 60)
    }

    /// A number with commas at the thousands.
    package static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (value < 0 ? "-" : "") + result
    }

    /// A number with one decimal.
    package static func decimal(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "?" }
        let tenths = Int((value * 10).rounded())
        return "\(grouped(tenths / 10)).\(abs(tenths % 10))"
    }

    /// Fits name, bar and tail into the columns: the bar gives way first, then the name, then the end is cut.
    private static func line(name: String, fraction: Double, tail: String, columns: Int) -> String {
        let percent = Int((fraction * 100).rounded(.down))
        let label = (percent < 10 ? "  " : percent < 100 ? " " : "") + "\(percent)%|"
        let plain = String(
            String.UnicodeScalarView(name.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        // The last column stays free: some terminals wrap when it is written to.
        let room = columns - 1 - label.count - tail.count - 1
        let shown = plain.count > max(room - 10, 8) ? plain.prefix(max(room - 11, 7)) + "…" : plain[...]
        let width = min(max(room - shown.count, 0), 40)
        return String("\(shown) \(label)\(bar(fraction, width: width))\(tail)".prefix(columns - 1))
    }
}
