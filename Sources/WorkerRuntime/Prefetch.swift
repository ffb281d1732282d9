package import Jobs

/// A job that this worker holds, with its request read.
package struct ClaimedJob: Sendable {
    package var lease: Lease
    package var lane: LaneID
    /// The request as it was submitted, for the manifest.
    package var payload: [UInt8]
    package var request: JobRequest
    /// Which attempt it is, from 1.
    package var attempt: Int
    /// How often a worker went away under this job.
    package var crashes: Int
    /// Where to go on, where an earlier attempt has come so far.
    package var checkpoint: Checkpoint?
}

/// The next micro-batch, filled while the model computes the one before it.
///
/// It holds jobs of one lane, so that one forward pass can serve them all, and goes on filling until the model asks: a
/// group is as full as the time it had to wait allows. A job under which workers went away before runs alone, so that
/// only it is lost if that happens again. A long job also runs alone, and nothing is claimed meanwhile: others may have
/// time for it.
package final class Prefetch: Sendable {
    private struct State {
        var jobs: [ClaimedJob] = []
        var isClosed = false
        /// Whether a long job is being computed.
        var isBusy = false
        var fillers: [CheckedContinuation<Void, Never>] = []
        var takers: [CheckedContinuation<Void, Never>] = []

        func hasRoom(_ capacity: Int) -> Bool {
            jobs.count < capacity && !(jobs.first?.request.kind.isLong ?? false)
        }
    }

    /// What may be claimed now.
    package struct Room: Equatable, Sendable {
        package var count: Int
        /// The lane to claim from; `nil` while any will do.
        package var lane: LaneID?

        package init(count: Int, lane: LaneID?) {
            self.count = count
            self.lane = lane
        }
    }

    private let capacity: Int
    private let monitor = Monitor(State())

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Waits until jobs may be claimed; `nil` once closed.
    package func room() async -> Room? {
        await monitor.wait(on: \.fillers) { $0.isClosed || (!$0.isBusy && $0.hasRoom(capacity)) }
        return monitor.withLock { state in
            state.isClosed ? nil : Room(count: capacity - state.jobs.count, lane: state.jobs.first?.lane)
        }
    }

    /// Adds claimed jobs; false if closed meanwhile, and then they are the caller's to give back.
    package func add(_ jobs: [ClaimedJob]) -> Bool {
        monitor.change(waking: \.takers) { state in
            guard !state.isClosed else { return false }
            state.jobs += jobs
            return true
        }
    }

    /// Waits for the next micro-batch; `nil` once closed.
    package func next() async -> [ClaimedJob]? {
        monitor.change(waking: \.fillers) { $0.isBusy = false }
        await monitor.wait(on: \.takers) { $0.isClosed || !$0.jobs.isEmpty }
        return monitor.change(waking: \.fillers) { state in
            let count = Self.groupSize(state.jobs)
            defer { state.jobs.removeFirst(count) }
            state.isBusy = count > 0 && state.jobs[0].request.kind.isLong
            return count == 0 ? nil : Array(state.jobs.prefix(count))
        }
    }

    /// Ends both sides; returns the jobs that no forward pass has begun.
    package func close() -> [ClaimedJob] {
        monitor.change(waking: \.fillers, \.takers) { state in
            state.isClosed = true
            defer { state.jobs = [] }
            return state.jobs
        }
    }

    /// How many of the first jobs may share a forward pass.
    package static func groupSize(_ jobs: [ClaimedJob]) -> Int {
        guard let first = jobs.first else { return 0 }
        guard first.crashes == 0, !first.request.kind.isLong else { return 1 }
        return jobs.prefix { $0.lane == first.lane && $0.crashes == 0 }.count
    }
}

extension ClaimedJob {
    /// A job that was claimed, and its request.
    package init(_ claim: DispatchedJob, request: JobRequest) {
        self.init(
            lease: claim.lease, lane: claim.lane, payload: claim.payload, request: request, attempt: claim.attempt,
            crashes: claim.crashes, checkpoint: claim.checkpoint)
    }
}
