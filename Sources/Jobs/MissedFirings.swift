/// What becomes of times that passed while nobody was there to act.
public enum MissedFirings: String, Hashable, Sendable, CaseIterable {
    /// They are left out, unless one of them passed within the last ``grace``.
    case skip
    /// They are made up for by one firing, however many they were.
    case once

    /// Seconds by which a firing may be late before it counts as missed.
    public static let grace = 60

    /// What to do at a moment about an entry that is due.
    public struct Decision: Hashable, Sendable {
        /// The scheduled time that is acted for; `nil` where there is none to act for any more.
        public var firesFor: Int?
        /// The next time; `nil` where there is none.
        public var next: Int?
    }

    /// Decides about an entry, with all times in seconds since 1970-01-01 00:00 UTC.
    /// - Parameters:
    ///   - due: The time that was next.
    ///   - now: The present; before `due`, nothing is to be done.
    ///   - expression: When the entry fires.
    ///   - offset: The time zone of the entry.
    public func decide(due: Int, now: Int, _ expression: CronExpression, in offset: ZoneOffset) -> Decision {
        guard due <= now else { return Decision(firesFor: nil, next: due) }
        let next = expression.next(after: now, in: offset)
        switch self {
        case .once: return Decision(firesFor: due, next: next)
        case .skip:
            // One step, however many times were missed.
            let fresh = now - due <= Self.grace ? due : expression.next(after: now - Self.grace - 1, in: offset)
            return Decision(firesFor: fresh.flatMap { $0 <= now ? $0 : nil }, next: next)
        }
    }
}
