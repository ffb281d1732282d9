import Jobs

/// Makes a failing sequence of operations small: leaves operations out, then makes those that are left simpler.
enum Shrinker {
    /// - Parameters:
    ///   - operations: A sequence that fails.
    ///   - tries: Most sequences that are tried.
    ///   - fails: Whether a sequence fails.
    /// - Returns: A sequence that fails, from which nothing more can be left out, unless the tries were used up.
    static func shrink(
        _ operations: [StoreOperation], tries: Int = 400, fails: ([StoreOperation]) async -> Bool
    ) async -> [StoreOperation] {
        var smallest = operations
        var left = tries
        func stillFails(_ candidate: [StoreOperation]) async -> Bool {
            guard left > 0 else { return false }
            left -= 1
            return await fails(candidate)
        }
        var isSmaller = true
        while isSmaller, left > 0 {
            isSmaller = false
            var size = max(1, smallest.count / 2)
            while true {
                var start = 0
                while start < smallest.count {
                    var candidate = smallest
                    candidate.removeSubrange(start..<min(start + size, smallest.count))
                    if await stillFails(candidate) {
                        smallest = candidate
                        isSmaller = true
                    } else {
                        start += size
                    }
                }
                if size == 1 { break }
                size /= 2
            }
            for index in smallest.indices {
                var simpler = smallest[index].simpler
                while let operation = simpler.popLast() {
                    var candidate = smallest
                    candidate[index] = operation
                    guard await stillFails(candidate) else { continue }
                    smallest = candidate
                    simpler = operation.simpler
                    isSmaller = true
                }
            }
        }
        return smallest
    }
}

extension StoreOperation {
    private static func simpler(
        _ batch: Int, _ offset: Int, _ count: Int, _ naming: Naming, _ needs: [Need]
    ) -> [StoreOperation] {
        func with(_ batch: Int, _ offset: Int, _ count: Int, _ naming: Naming, _ needs: [Need]) -> StoreOperation {
            .append(batch: batch, offset: offset, count: count, naming: naming, needs: needs)
        }
        var simpler: [StoreOperation] = []
        if count > 1 { simpler.append(with(batch, offset, count / 2, naming, Array(needs.prefix(count / 2)))) }
        if offset != 0 { simpler.append(with(batch, 0, count, naming, needs)) }
        if naming != .none { simpler.append(with(batch, offset, count, .none, needs)) }
        if batch > 0 { simpler.append(with(batch / 2, offset, count, naming, needs)) }
        for place in needs.indices where needs[place] != .nothing {
            var fewer = needs
            fewer[place] = .nothing
            simpler.append(with(batch, offset, count, naming, fewer))
        }
        return simpler
    }

    /// The same operation with less in it, in several ways; each is smaller by some measure, so that this ends.
    var simpler: [StoreOperation] {
        switch self {
        case .create(let plan): plan.simpler.map { .create($0) }
        case .append(let batch, let offset, let count, let naming, let needs):
            Self.simpler(batch, offset, count, naming, needs)
        case .dispatch(let band, let limit) where limit > 1: [.dispatch(band: band, limit: limit / 2)]
        case .record(let reports):
            (reports.count > 1
                ? reports.indices.map { index in
                    .record(reports.enumerated().filter { $0.offset != index }.map(\.element))
                } : [])
                + reports.indices.filter { reports[$0].execution > 0 }.map { index in
                    var fewer = reports
                    fewer[index].execution /= 2
                    return .record(fewer)
                }
        case .requeue(let executions) where executions.count > 1: [.requeue(Array(executions.dropLast()))]
        case .seal(let batch) where batch > 0: [.seal(batch / 2), .seal(0)]
        case .cancel(let batch) where batch > 0: [.cancel(batch / 2), .cancel(0)]
        case .pause(let batch) where batch > 0: [.pause(batch / 2), .pause(0)]
        case .cancelJob(let job) where job > 0: [.cancelJob(job / 2), .cancelJob(0)]
        case .retryFailed(let batch) where batch > 0: [.retryFailed(batch / 2), .retryFailed(0)]
        case .growsOld(let batch) where batch > 0: [.growsOld(batch: batch / 2), .growsOld(batch: 0)]
        default: []
        }
    }
}

extension StoreOperation.BatchPlan {
    fileprivate var simpler: [Self] {
        let plain = Self()
        func with<Value: Equatable>(_ part: WritableKeyPath<Self, Value>) -> [Self] {
            guard self[keyPath: part] != plain[keyPath: part] else { return [] }
            var plan = self
            plan[keyPath: part] = plain[keyPath: part]
            return [plan]
        }
        return with(\.tenant) + with(\.key) + with(\.uniqueKey) + with(\.samples) + with(\.priority) + with(\.band)
            + with(\.weight) + with(\.start) + with(\.expiry) + with(\.attempts) + with(\.hasTimeout)
            + with(\.hasProgressTimeout)
    }
}
