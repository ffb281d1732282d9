/// When something happens again and again, to the minute: `0 3 * * MON-FRI` is three o'clock on working days.
///
/// Five fields, in this order: minute (0–59), hour (0–23), day of month (1–31), month (1–12 or JAN–DEC), day of week
/// (0–7 or SUN–SAT; 0 and 7 are Sunday). A field is `*`, a value, a range `1-5`, a step over one of them (`*/15`,
/// `8-18/2`) or a list of these. Names may be written in any case. `@hourly`, `@daily`, `@weekly`, `@monthly` and
/// `@yearly` stand for the beginning of each.
///
/// Where both days are restricted, either will do: `0 0 13 * FRI` is every 13th and every Friday. A field that begins
/// with `*` counts as unrestricted here, as it does in the cron of Unix systems: then both must fit.
///
/// ```swift
/// let expression = try CronExpression("30 3 * * *")
/// let next = expression.next(after: 1_790_000_000) { _ in 7_200 }
/// ```
public struct CronExpression: Hashable, Sendable, CustomStringConvertible {
    /// Most bytes (UTF-8) of an expression.
    public static let maximumBytes = 256
    /// The macros and what they stand for.
    public static let macros: KeyValuePairs<String, String> = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *",
    ]

    /// The expression as it was written, with single spaces between its fields.
    public let text: String
    let minute: CronField.Choice
    let hour: CronField.Choice
    let dayOfMonth: CronField.Choice
    let month: CronField.Choice
    let dayOfWeek: CronField.Choice

    /// Reads an expression.
    public init(_ text: String) throws(CronError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw CronError(.expression, "has \(text.utf8.count) bytes; \(Self.maximumBytes) are accepted")
        }
        var fields = text.split { $0 == " " || $0 == "\t" }
        self.text = fields.joined(separator: " ")
        if fields.count == 1, fields[0].hasPrefix("@") {
            let macro = fields[0].lowercased()
            guard let meaning = Self.macros.first(where: { $0.key == macro })?.value else {
                let known = Self.macros.map(\.key).joined(separator: ", ")
                throw CronError(
                    .expression, "“\(ItemError.readable(text))” is not known; the macros are \(known)")
            }
            fields = meaning.split(separator: " ")
        }
        guard fields.count == 5 else {
            throw CronError(
                .expression,
                "has \(fields.count == 1 ? "1 field" : "\(fields.count) fields"); there are five: minute, hour, "
                    + "day of month, month and day of week, as in 0 3 * * *")
        }
        minute = try CronField.minute.parse(fields[0])
        hour = try CronField.hour.parse(fields[1])
        dayOfMonth = try CronField.dayOfMonth.parse(fields[2])
        month = try CronField.month.parse(fields[3])
        dayOfWeek = try CronField.dayOfWeek.parse(fields[4])
    }

    /// The text.
    public var description: String { text }

    /// Whether it happens on a day at all.
    func contains(_ date: CivilDate) -> Bool {
        guard month.contains(date.month) else { return false }
        let fitsMonth = dayOfMonth.contains(date.dayOfMonth)
        let fitsWeek = dayOfWeek.contains(date.dayOfWeek)
        return dayOfMonth.isStar || dayOfWeek.isStar ? fitsMonth && fitsWeek : fitsMonth || fitsWeek
    }

    /// Whether it happens in the minute that begins so many seconds after 1970-01-01 00:00 by the same clock.
    func contains(civil second: Int) -> Bool {
        let (day, rest) = second.floored(by: 86_400)
        return contains(CivilDate(day: day)) && hour.contains(rest / 3_600) && minute.contains(rest / 60 % 60)
    }
}

extension Int {
    /// Quotient and remainder where the remainder is never negative.
    func floored(by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
