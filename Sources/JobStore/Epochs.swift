import Jobs
import Postgres
import Synchronization

extension JobStore {
    /// Epochs that are reserved at once.
    private static let epochRun: Int64 = 1_000_000

    /// Makes sure that `count` epochs are at hand, all of them later than any that an earlier
    /// term gave out.
    func reserveEpochs(_ count: Int, term: Term?) async throws(StoreError) {
        let isEnough = memory.withLock { ($0.epochs[term]?.count ?? 0) >= count }
        guard !isEnough else { return }
        let base = try await run { connection in
            try connection.query("SELECT reserve_epochs($1)", [.int8(Self.epochRun)])[0].int64(0)
        }
        memory.withLock { memory in
            // Those of an earlier term would be earlier than what its successors gave out.
            memory.epochs = memory.epochs.filter { $0.key == nil || term == nil }
            memory.epochs[term] = base..<base + Self.epochRun
        }
    }

    /// The first of `count` epochs that nobody else gets.
    func takeEpochs(_ count: Int, term: Term?) throws -> Int64 {
        let base: Int64? = memory.withLock { memory in
            guard let epochs = memory.epochs[term], epochs.count >= count else { return nil }
            memory.epochs[term] = epochs.dropFirst(count)
            return epochs.lowerBound
        }
        guard let base else { throw StoreError(.unavailable, "no epochs are left of those reserved; try again") }
        return base
    }
}
