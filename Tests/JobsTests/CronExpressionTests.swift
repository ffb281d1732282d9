import Foundation
import Testing

@testable import Jobs

@Suite("Cron expressions") struct CronExpressionTests {
    static let utc: ZoneOffset = { _ in 0 }

    static func zone(_ name: String) throws -> ZoneOffset {
        let zone = try #require(TimeZone(identifier: name))
        return { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double($0))) }
    }

    /// A moment such as `2026-03-29T01:00:00Z`.
    static func moment(_ text: String) throws -> Int {
        Int(try Date(text, strategy: .iso8601).timeIntervalSince1970)
    }

    static func times(_ text: String, _ zone: String, after start: String, count: Int) throws -> [String] {
        let (expression, offset) = (try CronExpression(text), try Self.zone(zone))
        var times: [String] = []
        var moment = try moment(start)
        while times.count < count, let next = expression.next(after: moment, in: offset) {
            times.append(Date(timeIntervalSince1970: Double(next)).formatted(.iso8601))
            moment = next
        }
        return times
    }

    // MARK: Reading

    @Test(arguments: [
        ("*/15 * * * *", "0,15,30,45 * * * *"), ("0 8-18/5 * * *", "0 8,13,18 * * *"),
        ("0 0 * jan,Dec mon", "0 0 * 1,12 1"), ("0 0 * * 7", "0 0 * * SUN"), ("0 0 * * FRI-SUN", "0 0 * * 0,5,6"),
        ("0 0 * * 5-7", "0 0 * * 0,5,6"), ("0 0 * * SUN-TUE", "0 0 * * 0-2"), (" 0\t0  1 1 * ", "@yearly"),
        ("0 * * * *", "@hourly"), ("0 0 * * *", "@DAILY"), ("0 0 * * 0", "@weekly"), ("0 0 1 * *", "@monthly"),
        ("0 0 * * 1-5", "0 0 * * mon-FRI"), ("59 23 31 12 6", "59 23 31 DEC SAT"), ("0 0 * * 0-7", "0 0 * * 0-6"),
    ])
    func equivalent(_ one: String, _ other: String) throws {
        let (one, other) = (try CronExpression(one), try CronExpression(other))
        for field in [\CronExpression.minute, \.hour, \.dayOfMonth, \.month, \.dayOfWeek] {
            #expect(one[keyPath: field].bits == other[keyPath: field].bits)
        }
    }

    @Test(arguments: [
        ("", CronError.Field.expression), ("* * * *", .expression), ("* * * * * *", .expression),
        ("@reboot", .expression), ("@", .expression), (String(repeating: "*", count: 300), .expression),
        ("60 * * * *", .minute), ("-1 * * * *", .minute), ("+1 * * * *", .minute), ("1,,2 * * * *", .minute),
        ("*/0 * * * *", .minute), ("*/60 * * * *", .minute), ("5/10 * * * *", .minute), ("9-3 * * * *", .minute),
        ("1-2-3 * * * *", .minute), ("*/5/5 * * * *", .minute), ("1e1 * * * *", .minute), ("١ * * * *", .minute),
        ("* 24 * * *", .hour), ("* x * * *", .hour), ("* * 0 * *", .dayOfMonth), ("* * 32 * *", .dayOfMonth),
        ("* * L * *", .dayOfMonth), ("* * * 0 *", .month), ("* * * 13 *", .month), ("* * * JANUARY *", .month),
        ("* * * * 8", .dayOfWeek), ("* * * * SUNDAY", .dayOfWeek), ("* * * * MON-", .dayOfWeek),
        ("* * * * *-3", .dayOfWeek), ("* * * * FRI#2", .dayOfWeek), ("99999999999999999999 * * * *", .minute),
    ])
    func refuses(_ text: String, _ field: CronError.Field) {
        let error = #expect(throws: CronError.self) { try CronExpression(text) }
        #expect(error?.field == field, "\(text): \(String(describing: error))")
    }

    @Test func namesTheFieldAndWhatIsAccepted() {
        let error = #expect(throws: CronError.self) { try CronExpression("0 25 * * *") }
        #expect(
            error?.description
                == "the hour “25” cannot be read: accepted are numbers from 0 to 23, *, ranges (1-5), steps (*/5) "
                + "and lists (1,3)")
        let names = #expect(throws: CronError.self) { try CronExpression("0 0 * * MOO") }
        #expect(names?.message.contains("the names SUN to SAT") == true)
    }

    // MARK: Days

    @Test func eitherDayWillDoWhereBothAreRestricted() throws {
        // 2026-11-01 is a Sunday; the 13th is a Friday.
        #expect(
            try Self.times("0 0 13 * FRI", "UTC", after: "2026-11-01T00:00:00Z", count: 4)
                == ["2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"])
        #expect(
            try Self.times("0 0 15 * FRI", "UTC", after: "2026-11-12T00:00:00Z", count: 3)
                == ["2026-11-13T00:00:00Z", "2026-11-15T00:00:00Z", "2026-11-20T00:00:00Z"])
        // A star with a step restricts nothing in this sense: odd days that are Mondays.
        #expect(
            try Self.times("0 0 */2 * MON", "UTC", after: "2026-11-01T00:00:00Z", count: 3)
                == ["2026-11-09T00:00:00Z", "2026-11-23T00:00:00Z", "2026-12-07T00:00:00Z"])
    }

    @Test func leapDaysComeAndImpossibleDaysDoNot() throws {
        #expect(
            try Self.times("0 0 29 2 *", "UTC", after: "2026-01-01T00:00:00Z", count: 2)
                == ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"])
        // 2100 has none.
        #expect(
            try Self.times("0 0 29 FEB *", "UTC", after: "2096-03-01T00:00:00Z", count: 1) == ["2104-02-29T00:00:00Z"])
        // The rarest day there is: 29 February as a Sunday, over the turn of a century without a leap day.
        #expect(
            try Self.times("0 0 29 2 */7", "UTC", after: "2088-03-01T00:00:00Z", count: 1) == ["2128-02-29T00:00:00Z"])
        for impossible in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 30-31 FEB *"] {
            #expect(try CronExpression(impossible).next(after: 1_790_000_000, in: Self.utc) == nil)
        }
        #expect(try CronExpression("* * * * *").next(after: .max, in: Self.utc) == nil)
        #expect(try CronExpression("* * * * *").next(after: .min, in: Self.utc) == nil)
    }

    @Test func calendarAgreesWithFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        // From 1900 on, Foundation's calendar is the Gregorian everywhere.
        for day in stride(from: -25_500, through: 160_000, by: 61) {
            let date = Date(timeIntervalSince1970: Double(day) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
            let civil = CivilDate(day: day)
            #expect(parts.year == civil.year && parts.month == civil.month && parts.day == civil.dayOfMonth)
            #expect(parts.weekday == civil.dayOfWeek + 1)
        }
        for year in stride(from: -800, through: 4_000, by: 9) {
            for month in 1...12 {
                let first = CivilDate(year: year, month: month)
                #expect(CivilDate(day: first.day) == first)
                #expect(CivilDate(day: first.day - 1).firstOfNextMonth == first)
            }
        }
    }

    // MARK: Clocks that are set

    @Test func berlin() throws {
        // Set forward at 02:00 to 03:00 (01:00 UTC) on 2026-03-29: 02:30 does not exist.
        #expect(
            try Self.times("30 2 * * *", "Europe/Berlin", after: "2026-03-27T12:00:00Z", count: 3)
                == ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"])
        // Every time in the gap is the moment behind it, and that comes once.
        #expect(
            try Self.times("*/20 2,3 * * *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", count: 4)
                == ["2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z", "2026-03-29T01:40:00Z", "2026-03-30T00:00:00Z"])
        // Set back at 03:00 to 02:00 (01:00 UTC) on 2026-10-25: 02:30 comes twice and counts the first time.
        #expect(
            try Self.times("30 2 * * *", "Europe/Berlin", after: "2026-10-24T12:00:00Z", count: 2)
                == ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"])
        #expect(
            try Self.times("0 * * * *", "Europe/Berlin", after: "2026-10-24T23:30:00Z", count: 3)
                == ["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"])
        // From within the second pass.
        #expect(
            try Self.times("*/30 * * * *", "Europe/Berlin", after: "2026-10-25T01:15:00Z", count: 2)
                == ["2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"])
    }

    @Test func newYork() throws {
        #expect(
            try Self.times("30 2 * * *", "America/New_York", after: "2026-03-07T12:00:00Z", count: 2)
                == ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"])
        #expect(
            try Self.times("30 1 * * *", "America/New_York", after: "2026-10-31T12:00:00Z", count: 2)
                == ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"])
    }

    @Test func lordHoweMovesByHalfAnHour() throws {
        // 2026-10-04, 02:00 becomes 02:30: +10:30 to +11, at 15:30 UTC of the day before.
        #expect(
            try Self.times("15 2 * * *", "Australia/Lord_Howe", after: "2026-10-02T20:00:00Z", count: 2)
                == ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"])
        // 2026-04-05, 02:00 becomes 01:30, at 15:00 UTC of the day before: 01:45 comes twice.
        #expect(
            try Self.times("45 1 * * *", "Australia/Lord_Howe", after: "2026-04-04T12:00:00Z", count: 2)
                == ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"])
    }

    @Test func samoaLeftADayOut() throws {
        #expect(
            try Self.times("0 12 * * *", "Pacific/Apia", after: "2011-12-29T00:00:00Z", count: 3)
                == ["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"])
    }

    // MARK: Against enumeration

    /// Every moment of the window, found by looking at every minute of it.
    private static func enumerate(
        _ expression: CronExpression, in window: Range<Int>, _ offset: ZoneOffset
    ) -> [Int] {
        var found: [Int] = []
        var seen: Set<Int> = []
        var before = window.lowerBound - 2 * 86_400
        for moment in stride(from: before + 60, to: window.upperBound, by: 60) {
            let (civil, last) = (moment + offset(moment), before + offset(before))
            // What clocks skipped on the way here, and what they show now.
            let shown = civil > last ? Array(stride(from: last + 60, through: civil, by: 60)) : [civil]
            let isFirst = shown.contains { !seen.contains($0) && expression.contains(civil: $0) }
            seen.formUnion(shown)
            if isFirst, window.contains(moment) { found.append(moment) }
            before = moment
        }
        return found
    }

    private static func random(using generator: inout SplitMix) -> String {
        func field(_ range: ClosedRange<Int>, _ steps: Int) -> String {
            let low = Int.random(in: range, using: &generator)
            let high = Int.random(in: low...range.upperBound, using: &generator)
            let step = Int.random(in: 1...steps, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1: return "*"
            case 2: return "*/\(step)"
            case 3: return "\(low)-\(high)/\(step)"
            case 4: return "\(low),\(high)"
            default: return "\(low)"
            }
        }
        return [field(0...59, 30), field(0...23, 8), field(1...31, 7), field(1...12, 4), field(0...7, 3)]
            .joined(separator: " ")
    }

    @Test(arguments: [
        ("UTC", "2026-02-25T00:00:00Z"), ("Europe/Berlin", "2026-03-27T00:00:00Z"),
        ("Europe/Berlin", "2026-10-23T00:00:00Z"), ("America/New_York", "2026-03-06T00:00:00Z"),
        ("America/New_York", "2026-10-30T00:00:00Z"), ("Australia/Lord_Howe", "2026-04-03T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-02T00:00:00Z"), ("Pacific/Apia", "2011-12-28T00:00:00Z"),
        ("Asia/Kathmandu", "2026-12-30T00:00:00Z"), ("America/St_Johns", "2026-10-30T00:00:00Z"),
    ])
    func agreesWithEnumeration(_ name: String, _ start: String) throws {
        let offset = try Self.zone(name)
        let first = try Self.moment(start)
        let window = first..<first + 5 * 86_400
        var generator = SplitMix(seed: UInt64(first))
        for _ in 0..<10 {
            // Near the window in most cases, else nearly all expressions would have nothing in it.
            let text = Self.random(using: &generator).split(separator: " ")
            let isNarrow = Int.random(in: 0..<4, using: &generator) == 0
            let expression = try CronExpression(
                isNarrow ? text.joined(separator: " ") : "\(text[0]) \(text[1]) * * \(text[4])")
            var found: [Int] = []
            var moment = first - 1
            while let next = expression.next(after: moment, in: offset), next < window.upperBound {
                #expect(next > moment)
                found.append(next)
                moment = next
            }
            #expect(found == Self.enumerate(expression, in: window, offset), "\(expression) in \(name)")
            // From any moment, the next is the next of the list.
            for _ in 0..<20 where !found.isEmpty {
                let now = Int.random(in: first..<moment, using: &generator)
                #expect(expression.next(after: now, in: offset) == found.first { $0 > now }, "\(expression) \(now)")
            }
        }
    }
}

@Suite("Missed firings") struct MissedFiringsTests {
    private static let utc: ZoneOffset = { _ in 0 }
    /// Midnight UTC.
    private static let day = 20_000 * 86_400

    private func decide(_ policy: MissedFirings, _ text: String, due: Int, now: Int) throws -> MissedFirings.Decision {
        policy.decide(due: due, now: now, try CronExpression(text), in: Self.utc)
    }

    @Test(arguments: MissedFirings.allCases) func whatIsInTimeFires(policy: MissedFirings) throws {
        let day = Self.day
        for late in [0, 1, 59, 60] {
            let decision = try decide(policy, "@daily", due: day, now: day + late)
            #expect(decision == MissedFirings.Decision(firesFor: day, next: day + 86_400))
        }
        // What is not due yet stays.
        #expect(
            try decide(policy, "@daily", due: day, now: day - 1) == MissedFirings.Decision(firesFor: nil, next: day))
    }

    @Test func skipLeavesOutWhatIsLate() throws {
        let day = Self.day
        #expect(
            try decide(.skip, "@daily", due: day, now: day + 61)
                == MissedFirings.Decision(firesFor: nil, next: day + 86_400))
        // Of several, the last is not late.
        #expect(
            try decide(.skip, "@daily", due: day, now: day + 3 * 86_400 + 30)
                == MissedFirings.Decision(firesFor: day + 3 * 86_400, next: day + 4 * 86_400))
        #expect(
            try decide(.skip, "* * * * *", due: day, now: day + 86_430)
                == MissedFirings.Decision(firesFor: day + 86_400, next: day + 86_460))
        #expect(
            try decide(.skip, "@hourly", due: day, now: day + 3 * 3_600 + 300)
                == MissedFirings.Decision(firesFor: nil, next: day + 4 * 3_600))
    }

    @Test func onceMakesUpForAnyNumber() throws {
        let day = Self.day
        for now in [day + 61, day + 86_399, day + 400 * 86_400 + 5] {
            let decision = try decide(.once, "@daily", due: day, now: now)
            #expect(decision.firesFor == day)
            #expect(decision.next == (now / 86_400 + 1) * 86_400)
        }
    }
}
