/// One of the five fields of a cron expression: which values it may have, and how they are written.
struct CronField {
    /// Values that are chosen, and whether the field begins with a star.
    struct Choice: Hashable, Sendable {
        /// Bit n stands for value n.
        var bits: UInt64
        /// Decides how day of month and day of week go together.
        var isStar: Bool

        func contains(_ value: Int) -> Bool { bits >> UInt64(value) & 1 == 1 }
    }

    let name: CronError.Field
    let range: ClosedRange<Int>
    /// Names of values, the first for the lowest, in upper case.
    let names: [String]

    static let minute = CronField(name: .minute, range: 0...59, names: [])
    static let hour = CronField(name: .hour, range: 0...23, names: [])
    static let dayOfMonth = CronField(name: .dayOfMonth, range: 1...31, names: [])
    static let month = CronField(
        name: .month, range: 1...12,
        names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"])
    /// Sunday is 0 and, so that ranges may end with it, 7.
    static let dayOfWeek = CronField(
        name: .dayOfWeek, range: 0...7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])

    /// Reads a list of values, ranges and steps.
    func parse(_ text: Substring) throws(CronError) -> Choice {
        var choice = Choice(bits: 0, isStar: text.first == "*")
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            for value in try values(of: part) { choice.bits |= 1 << UInt64(value) }
        }
        if name == .dayOfWeek, choice.contains(7) { choice.bits = choice.bits & 0x7F | 1 }
        return choice
    }

    private func values(of part: Substring) throws(CronError) -> StrideThrough<Int> {
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let span = try span(pieces[0], in: part)
        guard pieces.count == 2 else { return stride(from: span.lowerBound, through: span.upperBound, by: 1) }
        guard let step = number(pieces[1]), (1...range.upperBound).contains(step) else {
            throw refusal(part, "a step is a whole number from 1 to \(range.upperBound)")
        }
        guard pieces[0] == "*" || pieces[0].contains("-") else {
            throw refusal(part, "a step stands behind * or a range, as in */\(step)")
        }
        return stride(from: span.lowerBound, through: span.upperBound, by: step)
    }

    private func span(_ text: Substring, in part: Substring) throws(CronError) -> ClosedRange<Int> {
        if text == "*" { return range.lowerBound...min(range.upperBound, name == .dayOfWeek ? 6 : range.upperBound) }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let low = try value(ends[0], in: part)
        guard ends.count == 2 else { return low...low }
        var high = try value(ends[1], in: part)
        // A range that ends with Sunday means the end of the week.
        if name == .dayOfWeek, high == 0, low > 0 { high = 7 }
        guard low <= high else { throw refusal(part, "a range goes from the lower to the higher value") }
        return low...high
    }

    private func value(_ text: Substring, in part: Substring) throws(CronError) -> Int {
        if let number = number(text), range.contains(number) { return number }
        if let index = names.firstIndex(of: text.uppercased()) { return range.lowerBound + index }
        throw refusal(part, "accepted are \(accepted)")
    }

    /// A number of plain digits: what `Int` reads beyond them, such as a sign, is no part of the format.
    private func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text)
    }

    private var accepted: String {
        let numbers = "numbers from \(range.lowerBound) to \(range.upperBound)"
        guard let first = names.first, let last = names.last else {
            return "\(numbers), *, ranges (1-5), steps (*/5) and lists (1,3)"
        }
        return "\(numbers), the names \(first) to \(last), *, ranges, steps (*/2) and lists"
    }

    private func refusal(_ part: Substring, _ message: String) -> CronError {
        CronError(name, "“\(ItemError.readable(String(part)))” cannot be read: \(message)")
    }
}
