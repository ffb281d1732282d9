/// A day of the proleptic Gregorian calendar.
struct CivilDate: Hashable, Sendable {
    /// Days since 1970-01-01.
    let day: Int
    let year: Int
    /// From 1.
    let month: Int
    /// Day of the month, from 1.
    let dayOfMonth: Int

    /// Days from 0000-03-01 to 1970-01-01.
    private static let epoch = 719_468
    /// Days of 400 years, after which the calendar repeats.
    private static let cycle = 146_097
    /// Days before each month of a year that begins in March, so that the leap day is its last.
    private static let before = [0, 31, 61, 92, 122, 153, 184, 214, 245, 275, 306, 337]

    /// The day that lies so many days after 1970-01-01.
    init(day: Int) {
        let shifted = day + Self.epoch
        let cycles = (shifted - (shifted < 0 ? Self.cycle - 1 : 0)) / Self.cycle
        var rest = shifted - cycles * Self.cycle
        // A century has 36,524 days, but the fourth of a cycle has one more; with years it is the same.
        let centuries = min(rest / 36_524, 3)
        rest -= centuries * 36_524
        let olympiads = rest / 1_461
        rest -= olympiads * 1_461
        let years = min(rest / 365, 3)
        rest -= years * 365
        let index = Self.before.lastIndex { $0 <= rest } ?? 0
        self.day = day
        dayOfMonth = rest - Self.before[index] + 1
        month = (index + 2) % 12 + 1
        // January and February belong to the next year of those that begin in January.
        year = cycles * 400 + centuries * 100 + olympiads * 4 + years + (index >= 10 ? 1 : 0)
    }

    /// The first day of a month.
    init(year: Int, month: Int) {
        let index = (month + 9) % 12
        let years = index >= 10 ? year - 1 : year
        let cycles = (years - (years < 0 ? 399 : 0)) / 400
        let inCycle = years - cycles * 400
        let days = inCycle * 365 + inCycle / 4 - inCycle / 100 + Self.before[index]
        self.year = year
        self.month = month
        dayOfMonth = 1
        day = cycles * Self.cycle + days - Self.epoch
    }

    /// Day of the week, 0 for Sunday; 1970-01-01 was a Thursday.
    var dayOfWeek: Int { ((day + 4) % 7 + 7) % 7 }

    /// The first day of the month behind this one.
    var firstOfNextMonth: CivilDate {
        month == 12 ? CivilDate(year: year + 1, month: 1) : CivilDate(year: year, month: month + 1)
    }
}
