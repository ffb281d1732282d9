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
