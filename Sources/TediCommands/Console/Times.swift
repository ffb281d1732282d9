import Foundation

/// Points in time for people, in UTC like everything that a coordinator says.
enum Times {
    /// Such as `2026-11-24 18:02:11 UTC`.
    static func short(_ date: Date) -> String {
        let text = date.formatted(Date.ISO8601FormatStyle(dateTimeSeparator: .space, timeZoneSeparator: .omitted))
        return text.hasSuffix("Z") ? text.dropLast() + " UTC" : text
    }
}
