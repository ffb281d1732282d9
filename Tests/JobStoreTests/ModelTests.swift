import Foundation
import Jobs
import Testing

@testable import JobStore

/// The store against a model of it, moved by the same random operations.
///
/// `TEDI_MODEL_CASES` says how many cases there are, and `TEDI_MODEL_SEED` with which seed they begin; a case that fails
/// is made small and shown, and runs again with its seed.
@Suite("Store and model") struct ModelTests {
    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    @Test func agree() async throws {
        let cases = Self.number("TEDI_MODEL_CASES") ?? 200
        let first = UInt64(max(0, Self.number("TEDI_MODEL_SEED") ?? 1))
        try await StoreFixture.with { fixture in
            for seed in first..<first + UInt64(max(1, cases)) {
                var generator = OperationGenerator(seed: seed)
                let operations = generator.operations()
                guard let failure = await ModelRun.failure(of: operations, fixture) else { continue }
                let smallest = await Shrinker.shrink(operations) { await ModelRun.failure(of: $0, fixture) != nil }
                let why = await ModelRun.failure(of: smallest, fixture) ?? "it fails only now and then: \(failure)"
                let list = smallest.map { "    \($0)" }.joined(separator: "\n")
                Issue.record("TEDI_MODEL_SEED=\(seed), \(why)\n\(list)")
                return
            }
        }
    }

    @Test func theSameSeedGivesTheSameCase() {
        for seed in 0..<50 as Range<UInt64> {
            var (first, second) = (OperationGenerator(seed: seed), OperationGenerator(seed: seed))
            let operations = first.operations()
            #expect(operations == second.operations())
            #expect((5...40).contains(operations.count))
        }
    }

    /// A failure that needs two operations in their order, and a dispatch of at least three jobs.
    @Test func shrinkingLeavesWhatTheFailureNeeds() async {
        func fails(_ operations: [StoreOperation]) -> Bool {
            guard let prune = operations.firstIndex(of: .prune) else { return false }
            return operations[prune...].contains { if case .dispatch(_, let limit) = $0 { limit >= 3 } else { false } }
        }
        var shrunk = 0
        for seed in 0..<200 as Range<UInt64> {
            var generator = OperationGenerator(seed: seed)
            let operations = generator.operations()
            guard fails(operations) else { continue }
            shrunk += 1
            let smallest = await Shrinker.shrink(operations) { fails($0) }
            #expect(smallest.count == 2 && smallest[0] == .prune)
            if case .dispatch(_, let limit) = smallest[1] { #expect((3..<6).contains(limit)) }
        }
        #expect(shrunk > 5)
    }
}
