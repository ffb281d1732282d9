/// Draws progress as one line of text.
public enum ProgressLine {
    /// A stage of training, such as `generator  43%|████▎     | 17,200/40,000 [31:02<41:10, 74.1 img/s, loss 0.0312]`.
    /// - Parameters:
    ///   - name: the stage.
    ///   - done: steps done.
    ///   - total: steps in all.
    ///   - seconds: used so far, for the steps done.
    ///   - rate: examples a second.
    ///   - figures: more to say, in order.
    ///   - columns: of the terminal.
    public static func stage(
        name: String, done: Int, of total: Int, seconds: Double, rate: Double, figures: [(name: String, value: Double)],
        columns: Int
    ) -> String {
        let left = done > 0 ? clock(seconds / Double(done) * Double(total - done)) : "?"
        let more = figures.map { ", \($0.name) \(short($0.value))" }.joined()
        let tail = "| \(grouped(done))/\(grouped(total)) [\(clock(seconds))<\(left), \(decimal(rate)) img/s\(more)]"
        let fraction = total == 0 ? 1 : Double(done) / Double(total)
        return line(name: name, fraction: fraction, tail: tail, columns: columns)
    }

    /// A number with four decimals, or one where it is large.
    private static func short(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "?" }
        guard abs(value) < 10 else { return decimal(value) }
        let whole = Int((abs(value) * 10_000).rounded())
        let digits = String(whole % 10_000)
        return (value < 0 ? "-" : "") + "\(whole / 10_000)." + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// Something that is counted, such as `uploading  43%|████▎     | 43,112/100,000 lines`.
    public static func counted(name: String, done: Int, of total: Int, unit: String, columns: Int) -> String {
        let fraction = total == 0 ? 0 : min(max(Double(done) / Double(total), 0), 1)
        return line(
            name: name, fraction: fraction, tail: "| \(grouped(done))/\(grouped(total)) \(unit)", columns: columns)
    }

    /// A bar of eighth blocks.
    public static func bar(_ fraction: Double, width: Int) -> String {
        let eighths = Int((min(max(fraction, 0), 1) * Double(width * 8)).rounded(.down))
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let filled = String(repeating: "█", count: eighths / 8) + partial
        return filled + String(repeating: " ", count: width - filled.count)
    }

    /// Seconds as `mm:ss`, or `h:mm:ss` from an hour on.
    public static func clock(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "?" }
        let whole = Int(max(seconds, 0).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (whole / 3600, whole / 60 % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : two(minutes)) + ":" + two(whole % 60)
    }

    /// A number with commas at the thousands.
    public static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return (value < 0 ? "-" : "") + result
    }

    /// A number with one decimal.
    public static func decimal(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "?" }
        let tenths = Int((value * 10).rounded())
        return "\(grouped(tenths / 10)).\(abs(tenths % 10))"
    }

    /// Fits name, bar and tail into the columns: the bar gives way first, then the name, then the end is cut.
    /// - Parameters:
    ///   - name: what is going on.
    ///   - fraction: how much of it is done, 0 to 1.
    ///   - tail: what stands behind the bar.
    ///   - columns: of the terminal.
    public static func line(name: String, fraction: Double, tail: String, columns: Int) -> String {
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
