import Foundation

/// One run of a property over many generated cases.
///
/// Every case has a seed of its own. When one fails, its description says how to run just that case again:
///
///     TEDI_FUZZ_SEED=1234 TEDI_FUZZ_CASES=1 swift test --filter …
///
/// `TEDI_FUZZ_CASES` multiplies or cuts the work of all runs: it is the number of cases of each.
public struct Fuzz: Sequence, Sendable {
    /// A case: its own generator, and how to come back to it.
    public struct Case: Sendable, CustomStringConvertible {
        /// Seed of the case.
        public let seed: UInt64
        /// Makes the input.
        public var generator: SplitMix64

        /// How to run this case again.
        public var description: String { "replay with TEDI_FUZZ_SEED=\(seed) TEDI_FUZZ_CASES=1" }
    }

    private let seed: UInt64
    private let cases: Int

    /// Prepares a run.
    /// - Parameter cases: Cases where `TEDI_FUZZ_CASES` does not say.
    public init(cases: Int) {
        let environment = ProcessInfo.processInfo.environment
        seed = environment["TEDI_FUZZ_SEED"].flatMap { UInt64($0) } ?? 20_261_125
        self.cases = environment["TEDI_FUZZ_CASES"].flatMap { Int($0) } ?? cases
    }

    /// Whether the number of cases was set: then nothing can be said of how many of them should be right.
    public static var isReplay: Bool { ProcessInfo.processInfo.environment["TEDI_FUZZ_CASES"] != nil }

    /// The cases; the first has the seed of the run, each further one the next number.
    public func makeIterator() -> AnyIterator<Case> {
        var index = 0
        return AnyIterator {
            guard index < cases else { return nil }
            defer { index += 1 }
            let seed = seed &+ UInt64(index)
            return Case(seed: seed, generator: SplitMix64(seed: seed))
        }
    }
}
