/// What clocks of a time zone show: seconds to add to UTC at a moment, in seconds since 1970-01-01 00:00 UTC.
///
/// The rules of time zones come from outside; this target knows no calendar but the Gregorian, and no clock.
public typealias ZoneOffset = @Sendable (_ unixSeconds: Int) -> Int

extension CronExpression {
    /// Years that are searched; a leap day that is a given day of the week comes at least every 40.
    static let horizon = 41
    /// Moments that are understood: the years 0 to 4000 or so.
    static let moments = -62_000_000_000...64_000_000_000

    /// The next time that it happens.
    ///
    /// A time that a clock set forward leaves out happens at the first moment behind the gap. A time that comes twice
    /// because the clock is set back happens once, the first time. So does every one of several times in one gap: they
    /// are one moment.
    /// - Parameters:
    ///   - moment: Seconds since 1970-01-01 00:00 UTC; the result is later.
    ///   - offset: The time zone.
    /// - Returns: Seconds since 1970-01-01 00:00 UTC, or `nil` where no such day comes within 41 years (`0 0 30 2 *`).
    public func next(after moment: Int, in offset: ZoneOffset) -> Int? {
        guard Self.moments.contains(moment) else { return nil }
        // Civil minutes up to the one that clocks show now have had their moment: the first time that clocks showed
        // them is never later than the last.
        let (today, now) = (moment + offset(moment)).floored(by: 86_400)
        var date = CivilDate(day: today)
        let lastYear = date.year + Self.horizon
        var from = now / 60 + 1
        while date.year <= lastYear {
            guard month.contains(date.month) else {
                date = date.firstOfNextMonth
                from = 0
                continue
            }
            if contains(date), let next = next(on: date, from: from, after: moment, in: offset) { return next }
            date = CivilDate(day: date.day + 1)
            from = 0
        }
        return nil
    }

    /// The first moment of a day that is later than `moment`; moments of a day are in the order of its minutes.
    private func next(on date: CivilDate, from start: Int, after moment: Int, in offset: ZoneOffset) -> Int? {
        var minute = start
        while minute < 1_440 {
            guard hour.contains(minute / 60) else {
                minute = (minute / 60 + 1) * 60
                continue
            }
            if self.minute.contains(minute % 60) {
                let found = Self.moment(ofCivil: date.day * 86_400 + minute * 60, in: offset)
                if found > moment { return found }
            }
            minute += 1
        }
        return nil
    }

    /// The first moment at which clocks show a time, or the end of the gap that it falls into.
    ///
    /// Two changes of a clock within two days are not foreseen; no zone has had them in a century.
    static func moment(ofCivil second: Int, in offset: ZoneOffset) -> Int {
        // No zone is a day from UTC: these lie before and after every moment that clocks could show the time at.
        let (early, late) = (second - 86_400, second + 86_400)
        let (before, after) = (offset(early), offset(late))
        // Before the change first: of two moments it is the earlier.
        if offset(second - before) == before { return second - before }
        if offset(second - after) == after { return second - after }
        var (low, high) = (early, late)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(middle) == before { low = middle } else { high = middle }
        }
        return high
    }
}
