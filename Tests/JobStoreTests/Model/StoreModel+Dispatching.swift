import Jobs

@testable import JobStore

/// Store and model are of two minds.
struct Disagreement: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }

    static func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(Disagreement) {
        guard holds else { throw Disagreement(message()) }
    }
}

extension StoreModel {
    /// Checks what was handed out against what is promised, and notes it.
    /// - Parameter isYoung: Whether nothing can have waited long enough to rise in priority.
    mutating func dispatched(
        _ handed: [DispatchedJob], band: Band, limit: Int, isYoung: Bool
    ) throws(Disagreement) {
        let counts = try checkShares(handed, band: band, limit: limit, isYoung: isYoung)
        for (batch, count) in counts {
            // What came back goes before what is fresh, each in the order of ids.
            let waiting = jobs(of: batch)
            let turn = waiting.filter { $0.place == .ready } + waiting.filter { $0.place == .fresh }
            let expected = Set(turn.prefix(count).map(\.id))
            let actual = Set(handed.map(\.lease.job).filter { jobs[$0]?.batch == batch })
            try Disagreement.check(
                expected == actual, "batch \(batch): the turn is of \(expected), handed out were \(actual)")
            if batches[batch].state == .sealed { batches[batch].state = .running }
        }
        let newest = leases.map(\.epoch).max()
        for job in handed { try note(job, newest: newest) }
        try Disagreement.check(
            Set(leases.map(\.epoch)).count == leases.count, "an epoch was given to two executions")
    }

    /// Every priority gets what it wants and its tenants may have, before the next one gets anything.
    private func checkShares(
        _ handed: [DispatchedJob], band: Band, limit: Int, isYoung: Bool
    ) throws(Disagreement) -> [Int: Int] {
        var counts: [Int: Int] = [:]
        for job in handed {
            guard let batch = number(of: job.batch), jobs[job.lease.job]?.batch == batch else {
                throw Disagreement("\(job.lease) is handed out for batch \(job.batch), which it is not of")
            }
            counts[batch, default: 0] += 1
        }
        let candidates = batches.indices.filter { number in
            let batch = batches[number]
            return [.sealed, .running].contains(batch.state) && !batch.isPaused && batch.mayStart && !batch.isGone
                && !batch.isGated
                && batch.plan.band == band
        }
        let others = Set(counts.keys).subtracting(candidates)
        try Disagreement.check(others.isEmpty, "batches \(others) may not hand anything out")
        var rooms = Self.tenantLimits.indices.map { tenant in
            Self.tenantLimits[tenant].map { max(0, $0 - running(of: tenant)) } ?? Int.max
        }
        var left = limit
        // All in one where time may have changed the order.
        let levels = Dictionary(grouping: candidates) { isYoung ? batches[$0].priority : 0 }
        for (priority, level) in levels.sorted(by: { $0.key > $1.key }) {
            let byTenant = Dictionary(grouping: level) { batches[$0].plan.tenant }
            var wanted = 0
            for (tenant, own) in byTenant {
                wanted += min(rooms[tenant], own.reduce(0) { $0 + waiting(in: $1) })
            }
            let given = level.reduce(0) { $0 + (counts[$1] ?? 0) }
            try Disagreement.check(
                given == min(left, wanted),
                "priority \(priority): \(given) were handed out of \(wanted) that could, with room for \(left)")
            for (tenant, own) in byTenant where rooms[tenant] != Int.max {
                rooms[tenant] -= own.reduce(0) { $0 + (counts[$1] ?? 0) }
            }
            try Disagreement.check(rooms.allSatisfy { $0 >= 0 }, "a tenant has more running than it may")
            left -= given
        }
        return counts
    }

    private func waiting(in batch: Int) -> Int { jobs(of: batch).count(where: \.isWaiting) }

    private func running(of tenant: Int) -> Int {
        jobs.values.count { $0.execution != nil && batches[$0.batch].plan.tenant == tenant }
    }

    private mutating func note(_ handed: DispatchedJob, newest: Epoch?) throws(Disagreement) {
        guard var job = jobs[handed.lease.job] else { throw Disagreement("\(handed.lease) is of no job") }
        try Disagreement.check(newest.map { $0 < handed.lease.epoch } ?? true, "\(handed.lease) has an old epoch")
        let isReturned = job.place == .ready
        var payload = job.payload
        if let works = job.works, var request = try? JobRequest(decoding: payload), let image = made[works] {
            request.inputs.sketch = .artifact(image)
            payload = request.encoded()
        }
        let expected = DispatchedJob(
            lease: handed.lease, batch: handed.batch, lane: handed.lane, attempt: job.attempts + 1,
            crashes: job.crashes, isReturned: isReturned, checkpoint: isReturned ? job.checkpoint : nil,
            payload: payload)
        try Disagreement.check(handed == expected, "handed out was \(handed), not \(expected)")
        let plan = batches[job.batch].plan
        job.attempts += 1
        job.place = .live(
            ModelExecution(
                epoch: handed.lease.epoch, isLimited: plan.hasTimeout || plan.hasProgressTimeout,
                hasTimeout: plan.hasTimeout))
        jobs[job.id] = job
        leases.append(handed.lease)
    }
}
