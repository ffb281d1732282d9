import Failpoints
import JobDispatch
import JobStore
import Jobs
import Logging
import Metrics
import ServiceLifecycle
import Telemetry

/// Keeps the window in Redis filled: hands jobs out in PostgreSQL, then, and only then, pushes them.
///
/// Whatever interrupts the way from one to the other (a new leader, a lost connection, a wiped Redis) ends in the same
/// remedy: find the executions that Redis does not know and make their jobs ready again, under new epochs.
struct DispatcherService: Service {
    /// Time between looks while nothing waits; a ring cuts it short.
    static let idle = Duration.milliseconds(250)
    /// Time between looks while the window is full.
    static let full = Duration.milliseconds(20)
    /// Most jobs of one transaction.
    static let limit = 1_000
    /// Time after which a fill ends and lanes are looked for anew.
    static let turn = Duration.milliseconds(50)
    /// Time after which Redis is asked again which run of it this is; it is asked at once after an error.
    static let naming = Duration.seconds(1)
    /// Time after which Redis is compared with PostgreSQL though nothing gave reason to: it finds what nobody foresaw.
    static let audit = Duration.seconds(300)

    let store: JobStore
    let dispatch: JobDispatch
    let leadership: Leadership
    /// Rings when there may be something to dispatch.
    let work: Bell
    let logger: Logger

    func run() async throws {
        // The term that Redis has been put right for; nil until it is, and after anything that leaves doubt.
        var settled: Term?
        var settledAt = ContinuousClock.now
        var incarnation = ""
        var namedAt = ContinuousClock.now
        var meters: [LaneID: DrainMeter] = [:]
        try await Steady("dispatcher", logger: logger).run(bell: work) {
            guard let term = leadership.term else {
                settled = nil
                return Self.idle
            }
            do {
                let now = ContinuousClock.now
                let isDue = leadership.takeDoubt() || now - settledAt > Self.audit
                let before = settled
                // Whatever throws below, a Redis out of reach included, leaves doubt.
                settled = nil
                let lanes = try await store.readyLanes()
                let isNaming = before != term || now - namedAt > Self.naming
                let look = try await dispatch.look(at: lanes, naming: isNaming)
                if isNaming { namedAt = now }
                let current = look.incarnation ?? incarnation
                if isDue || before != term || look.term != term || current != incarnation {
                    incarnation = current
                    guard try await settle(term) else { return Self.idle }
                    settledAt = .now
                    settled = term
                    // The lanes hold something else now.
                    return .zero
                }
                let pause = lanes.isEmpty ? Self.idle : try await fill(look.depths, term, &meters)
                settled = term
                return pause
            } catch let error as StoreError where error.reason == .staleTerm {
                return Self.idle
            } catch let error as DispatchError where error.reason == .staleTerm || error.reason == .noTerm {
                return Self.idle
            }
        }
    }

    // MARK: Filling

    /// Fills lanes up to their windows, group by group in turns; returns the pause until the next look.
    private func fill(
        _ depths: [LaneID: Int], _ term: Term, _ meters: inout [LaneID: DrainMeter]
    ) async throws -> Duration {
        var rooms: [(lane: LaneID, room: Int)] = []
        for (lane, depth) in depths.sorted(by: { $0.key < $1.key }) {
            let window = meters[lane, default: DrainMeter()]
                .window(depth: depth, maximum: dispatch.configuration.window)
            // Many small transactions would cost more than a window that is not quite full.
            guard depth <= window - min(window, Self.limit) / 4 else { continue }
            rooms.append((lane, window - depth))
        }
        let moved = try await move(rooms, term)
        for (lane, count) in moved { meters[lane]?.add(count) }
        return moved.values.contains { $0 > 0 } ? .zero : Self.full
    }

    /// Moves jobs into lanes with room, and says how many.
    ///
    /// While one group is pushed the next is handed out. Each group is pushed once, after its commit, and before the
    /// next is pushed; nothing is under way any more when this returns or throws.
    private func move(_ rooms: [(lane: LaneID, room: Int)], _ term: Term) async throws -> [LaneID: Int] {
        let start = ContinuousClock.now
        var rooms = rooms
        var moved: [LaneID: Int] = [:]
        try await withThrowingTaskGroup(of: Void.self) { pushes in
            while !rooms.isEmpty {
                var next: [(lane: LaneID, room: Int)] = []
                for (lane, room) in rooms {
                    let wanted = min(room, Self.limit)
                    let began = ContinuousClock.now
                    let jobs: [DispatchedJob]
                    do {
                        jobs = try await store.dispatch(lane: lane, limit: wanted, term: term)
                        if !jobs.isEmpty { try Failpoint.afterDispatchCommit.reachThrowing() }
                    } catch {
                        // A push must not be cut off: that would leave more in doubt than there is.
                        _ = await pushes.nextResult()
                        throw error
                    }
                    try await pushes.next()
                    guard !jobs.isEmpty else { continue }
                    pushes.addTask { try await push(jobs, term, since: began) }
                    moved[lane, default: 0] += jobs.count
                    if jobs.count == wanted, room > wanted { next.append((lane, room - wanted)) }
                }
                // Lanes that have become ready meanwhile must not wait for all of it.
                rooms = .now - start < Self.turn ? next : []
            }
            try await pushes.next()
        }
        return moved
    }

    private func push(_ jobs: [DispatchedJob], _ term: Term, since start: ContinuousClock.Instant) async throws {
        let report = try await dispatch.push(jobs, term: term)
        try Failpoint.afterPush.reachThrowing()
        try await fail(report.refused)
        Timer(label: MetricName.dispatchLatency).recordNanoseconds((.now - start).nanoseconds)
        Counter(label: MetricName.dispatched).increment(by: report.pushed)
    }

    /// Ends jobs that Redis would not hold; no other attempt would fare better.
    private func fail(_ leases: [Lease]) async throws {
        guard !leases.isEmpty else { return }
        let failure = JobFailure(
            code: "payload_too_large", message: "the request is larger than a worker may be given", retryable: false)
        let worker = WorkerName(sanitizing: "coordinator")
        _ = try await store.record(leases.map { Fact(lease: $0, worker: worker, event: .failed(failure)) })
    }

    // MARK: Putting Redis right

    /// Makes Redis take pushes of this term, after every execution that it does not know was given back.
    ///
    /// - Returns: False if the term ended meanwhile.
    private func settle(_ term: Term) async throws -> Bool {
        let token = try await dispatch.beginSettling()
        let isWiped = try await dispatch.term() == nil
        let live = try await store.liveLeases(limit: 1)
        if isWiped, !live.isEmpty {
            // Workers announce what they have with their next beat; whoever is asked before it has nothing.
            logger.warning("Redis has lost its data, putting it right", metadata: [LogKey.term: "\(term)"])
            try await Task.sleep(for: dispatch.configuration.beat * 1.5)
        }
        let (unknown, mark) = try await findUnknown()
        guard try await waitUntilRecorded(mark, term) else { return false }
        try await stopOrphans()
        let count = try await store.requeue(unknown, term: term)
        if count > 0 { try Failpoint.afterRequeueCommit.reachThrowing() }
        if count > 0 {
            logger.notice("Jobs that Redis did not know were made ready again", metadata: [LogKey.count: "\(count)"])
        }
        switch try await dispatch.assume(term, token: token) {
        case .begun: return true
        case .interrupted: return false
        case .laterTerm:
            // Either another leads, or PostgreSQL was set back, by a backup for example.
            if let later = try await dispatch.term() { leadership.note(later) }
            return false
        }
    }

    /// Executions that PostgreSQL counts as handed out and Redis does not know.
    private func findUnknown() async throws -> (unknown: [Lease], mark: String) {
        var unknown: [Lease] = []
        var mark = "0-0"
        var last: JobID?
        while true {
            let leases = try await store.liveLeases(after: last, limit: 5_000)
            guard let end = leases.last else { return (unknown, mark) }
            let reconciliation = try await dispatch.reconcile(leases)
            unknown += reconciliation.unknown
            mark = reconciliation.mark
            last = end.job
        }
    }

    /// Stops executions that workers have and PostgreSQL does not count any more: what they would report is stale.
    private func stopOrphans() async throws {
        let claimed = try await dispatch.claimedLeases(limit: 10_000)
        let orphans = try await store.over(claimed)
        guard !orphans.isEmpty else { return }
        logger.notice("Stopping executions that do not count any more", metadata: [LogKey.count: "\(orphans.count)"])
        _ = try await dispatch.cancel(orphans)
    }

    /// Waits for the recorder: what Redis does not know may have ended, and the fact of it be on its way.
    private func waitUntilRecorded(_ mark: String, _ term: Term) async throws -> Bool {
        while try await !dispatch.isRecorded(upTo: mark) {
            guard leadership.term == term, !Task.isShuttingDownGracefully else { return false }
            try await Task.sleep(for: .milliseconds(20))
        }
        return leadership.term == term
    }
}
