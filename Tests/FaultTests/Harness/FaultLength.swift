import Foundation

/// How much of the suite runs: `TEDI_FAULTS` is `quick` (a sample of each kind, as `make test` runs it), `short` (every
/// fault, small; the default) or `full` (every fault, long).
enum FaultLength: String, Comparable {
    case quick, short, full

    static let current =
        FaultLength(
            rawValue: ProcessInfo.processInfo.environment["TEDI_FAULTS"] ?? "short") ?? .short

    /// Whether all faults between hosts run, which take a quarter of an hour: with `TEDI_NETWORK=1`, or in full length.
    static let hasNetwork = current == .full || ProcessInfo.processInfo.environment["TEDI_NETWORK"] == "1"

    /// How long the soak takes: `TEDI_SOAK_MINUTES` says so, or the length of the run.
    static let soak: Duration =
        if let minutes = ProcessInfo.processInfo.environment["TEDI_SOAK_MINUTES"].flatMap(Int.init) {
            .seconds(60 * max(1, minutes))
        } else {
            switch current {
            case .quick: .seconds(5)
            case .short: .seconds(15)
            case .full: .seconds(600)
            }
        }

    /// How much later than promised something may happen because the machine is busy: quick runs have others beside
    /// them.
    static let patience = Duration.seconds(current == .quick ? 10 : 2)

    private var rank: Int {
        switch self {
        case .quick: 0
        case .short: 1
        case .full: 2
        }
    }

    static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    /// The first of `cases` where only a sample is wanted, else all.
    static func sample<Case>(_ count: Int, of cases: [Case]) -> [Case] {
        current == .quick ? Array(cases.prefix(count)) : cases
    }
}
