import ArgumentParser
import Foundation
import JobAPI
import Jobs

/// When and how the jobs of a batch run: the options of `tedi submit` beside those about the images.
struct ScheduleOptions: ParsableArguments {
    @Flag(help: "Somebody waits for it: workers look at it first.")
    var interactive = false

    @Option(help: "Share among batches of the same priority, 1 to 100.")
    var weight = 1

    @Option(
        help: ArgumentHelp(
            "Start not before a time (2026-11-30T18:00Z) or after a while (90s, 15m, 8h, 2d).",
            valueName: "time"))
    var startAt: Moment?

    @Option(help: ArgumentHelp("Call off what has not begun by then; written like --start-at.", valueName: "time"))
    var expiresAt: Moment?

    @Option(help: "Refuse to submit while another batch of yours with this key is not over.")
    var uniqueKey: String?

    @Option(help: "Attempts of each job, 1 to 20. (default: 5)")
    var maxAttempts: Int?

    @Option(help: "Longest time of one attempt, in seconds.")
    var timeoutSeconds: Int?

    @Option(help: "Longest time without a report of progress, in seconds.")
    var progressTimeoutSeconds: Int?

    /// The schedule that these options describe; the specification checks its ranges.
    func checked(priority: Int) throws -> BatchSchedule {
        BatchSchedule(
            priority: priority, band: interactive ? .interactive : .bulk, weight: weight,
            startAt: startAt?.unixTime, expiresAt: expiresAt?.unixTime, uniqueKey: uniqueKey,
            maximumAttempts: maxAttempts, timeout: timeoutSeconds.map { .seconds($0) },
            progressTimeout: progressTimeoutSeconds.map { .seconds($0) })
    }
}

extension CreateBatchBody {
    /// Writes kind and schedule into the body of a request.
    mutating func fill(from specification: BatchSpecification) {
        let schedule = specification.schedule
        kind = BatchKind(rawValue: specification.kind.rawValue) ?? .generate
        priority = schedule.priority
        band = schedule.band == .interactive ? .interactive : .bulk
        weight = schedule.weight
        startAt = schedule.startAt?.date
        expiresAt = schedule.expiresAt?.date
        uniqueKey = schedule.uniqueKey
        maximumAttempts = schedule.maximumAttempts
        timeoutSeconds = schedule.timeout.map { Int($0.components.seconds) }
        progressTimeoutSeconds = schedule.progressTimeout.map { Int($0.components.seconds) }
    }
}

extension UnixTime {
    /// The same moment for JSON.
    fileprivate var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1e6) }
}

/// A point in time as people write it: a date, or a while from now.
struct Moment: ExpressibleByArgument, Equatable {
    let date: Date

    var unixTime: UnixTime { UnixTime(microseconds: Int64((date.timeIntervalSince1970 * 1e6).rounded())) }

    init?(argument: String) {
        self.init(argument, now: .now)
    }

    /// Reads `2026-11-30T18:00Z`, with or without seconds, or `90s`, `15m`, `8h`, `2d` from `now` on.
    init?(_ text: String, now: Date) {
        if let unit = text.last, let seconds = Self.units[unit], let number = Double(text.dropLast()), number >= 0,
            number * seconds < 1e10
        {
            date = now.addingTimeInterval(number * seconds)
            return
        }
        let withSeconds = text.count == 17 && text.hasSuffix("Z") ? text.dropLast() + ":00Z" : text
        guard let date = try? Date(withSeconds, strategy: Date.ISO8601FormatStyle()) else { return nil }
        self.date = date
    }

    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
}

extension BatchKind {
    /// Reads the name of a kind from the command line.
    static func parse(_ text: String) throws -> BatchKind {
        guard let kind = BatchKind(rawValue: text) else {
            throw ValidationError("it is one of \(list)")
        }
        return kind
    }

    /// The names of all kinds.
    static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// The kind as the domain names it.
    var kind: JobKind { JobKind(rawValue: rawValue) ?? .generate }
}
