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
    /// What the request refers to, once it is fetched.
    package var inputs: ModelInputs?
    /// Whether it was noted that its execution has begun.
    package var hasBegun = false

    /// Whether everything is there that the request refers to.
    var hasInputs: Bool { inputs != nil || request.inputs.references.isEmpty }

    /// The job as the model sees it.
    var modelJob: ModelJob {
        ModelJob(request, inputs: inputs ?? ModelInputs(), attempt: attempt, crashes: crashes)
    }
}

/// The next micro-batch, filled while the model computes the one before it.
///
/// It holds jobs of one lane, so that one forward pass can serve them all, and goes on filling until the model asks: a
/// group is as full as the time it had to wait allows. A job under which workers went away before runs alone, so that
/// only it is lost if that happens again.
///
/// Long jobs are worked on as a cohort: while one is under way and open, what is claimed for its lane joins it. It is
/// closed where something else should have its turn, see ``closeCohort()``; then nothing is claimed until its last
/// member has ended, since others may have time for it.
package final class Prefetch: Sendable {
    /// What the model works on.
    private enum Work {
        /// Nothing, or a group that others may be claimed beside.
        case group
        /// Long jobs of a lane.
        case cohort(Cohort)
    }

    private struct Cohort {
        var lane: LaneID
        var size: Int
        var capacity: Int
        var isOpen: Bool
    }

    private struct State {
        var jobs: [ClaimedJob] = []
        var isClosed = false
        var work = Work.group
        /// When the lane that is being worked on was chosen among all.
        var chosen = ContinuousClock.now
        var fillers: [CheckedContinuation<Void, Never>] = []
        var takers: [CheckedContinuation<Void, Never>] = []
    }

    /// What may be claimed now.
    package struct Room: Equatable, Sendable {
        package var count: Int
        /// The lane to claim from; `nil` while any will do.
        package var lane: LaneID?
        /// Whether what is claimed joins long jobs that are under way.
        package var isOfCohort: Bool

        package init(count: Int, lane: LaneID?, isOfCohort: Bool = false) {
            self.count = count
            self.lane = lane
            self.isOfCohort = isOfCohort
        }
    }

    private let capacity: Int
    private let turn: Duration
    private let monitor = Monitor(State())

    /// - Parameters:
    ///   - capacity: jobs of one group or cohort at most.
    ///   - turn: how long a cohort goes on before other lanes have their turn.
    package init(capacity: Int, turn: Duration = .seconds(60)) {
        self.capacity = capacity
        self.turn = turn
    }

    // MARK: Claiming

    /// Waits until jobs may be claimed; `nil` once closed.
    package func room() async -> Room? {
        await monitor.wait(on: \.fillers) { $0.isClosed || self.room($0) != nil }
        return monitor.withLock { $0.isClosed ? nil : self.room($0) }
    }

    private func room(_ state: State) -> Room? {
        switch state.work {
        case .group:
            let isLong = state.jobs.first?.request.kind.isLong ?? false
            guard state.jobs.count < capacity, !isLong else { return nil }
            return Room(count: capacity - state.jobs.count, lane: state.jobs.first?.lane)
        case .cohort(let cohort):
            let size = cohort.size + state.jobs.count
            guard cohort.isOpen, size < cohort.capacity else { return nil }
            // Twice as many with each claim: workers that look at the same time share what there is.
            return Room(count: min(cohort.capacity - size, max(1, size)), lane: cohort.lane, isOfCohort: true)
        }
    }

    /// Adds claimed jobs; false if closed meanwhile, and then they are the caller's to give back.
    package func add(_ jobs: [ClaimedJob]) -> Bool {
        monitor.change(waking: \.takers) { state in
            guard !state.isClosed else { return false }
            if case .group = state.work, state.jobs.isEmpty { state.chosen = .now }
            state.jobs += jobs
            return true
        }
    }

    /// The lane of a cohort that has had its turn: it should make room as soon as another lane has something.
    package var overdueLane: LaneID? {
        monitor.withLock { state in
            guard case .cohort(let cohort) = state.work, ContinuousClock.now - state.chosen >= turn else { return nil }
            return cohort.lane
        }
    }

    /// Memory of the inputs that wait for the model.
    package var inputBytes: Int {
        monitor.withLock { $0.jobs.reduce(0) { $0 + ($1.inputs?.bytes ?? 0) } }
    }

    // MARK: Computing

    /// Waits for the next micro-batch, or the first of a cohort; `nil` once closed.
    package func next() async -> [ClaimedJob]? {
        monitor.change(waking: \.fillers) { $0.work = .group }
        await monitor.wait(on: \.takers) { $0.isClosed || !$0.jobs.isEmpty }
        return monitor.change(waking: \.fillers) { state in
            let count = Self.groupSize(state.jobs)
            guard count > 0, let first = state.jobs.first else { return nil }
            if first.request.kind.isLong {
                let capacity = first.request.kind.cohort(of: capacity)
                state.work = .cohort(
                    Cohort(lane: first.lane, size: count, capacity: capacity, isOpen: first.crashes == 0))
            }
            defer { state.jobs.removeFirst(count) }
            return Array(state.jobs.prefix(count))
        }
    }

    /// The jobs that were claimed for the cohort meanwhile; they are its members from now on.
    package func newcomers() -> [ClaimedJob] {
        monitor.change(waking: \.fillers) { state in
            guard case .cohort(var cohort) = state.work else { return [] }
            let count = state.jobs.prefix { $0.lane == cohort.lane && $0.crashes == 0 }.count
            defer { state.jobs.removeFirst(count) }
            cohort.size += count
            state.work = .cohort(cohort)
            return Array(state.jobs.prefix(count))
        }
    }

    /// A member of the cohort has ended.
    package func memberLeft() {
        monitor.change(waking: \.fillers) { state in
            guard case .cohort(var cohort) = state.work else { return }
            cohort.size -= 1
            state.work = .cohort(cohort)
        }
    }

    /// Claims no more for the cohort that is under way, if one is.
    package func closeCohort() {
        monitor.withLock { state in
            guard case .cohort(var cohort) = state.work else { return }
            cohort.isOpen = false
            state.work = .cohort(cohort)
        }
    }

    /// Takes out what was claimed for a cohort that has ended, to be given back.
    package func leftovers() -> [ClaimedJob] {
        monitor.change(waking: \.fillers) { state in
            guard case .cohort = state.work else { return [] }
            defer { state.jobs = [] }
            return state.jobs
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

    /// Most frames of one forward pass together, of jobs that draw several.
    static let framesOfGroup = 256
    /// Most jobs of one forward pass whose inputs are still to be fetched.
    static let unfetchedOfGroup = 16

    /// How many of the first jobs may share a forward pass.
    package static func groupSize(_ jobs: [ClaimedJob]) -> Int {
        guard let first = jobs.first else { return 0 }
        guard first.crashes == 0 else { return 1 }
        var frames = 0
        let longest = first.hasInputs ? jobs.count : unfetchedOfGroup
        let count = jobs.prefix(longest).prefix { job in
            frames += job.request.frames
            return job.lane == first.lane && job.crashes == 0 && job.hasInputs == first.hasInputs
                && frames <= framesOfGroup
        }.count
        return max(1, count)
    }
}

extension JobKind {
    /// How many jobs of this kind, a long one, a worker of some capacity holds at a time.
    func cohort(of capacity: Int) -> Int {
        // An evaluation goes over a whole batch and shares nothing with another one.
        self == .evaluate ? 1 : capacity
    }
}

extension JobRequest {
    /// Pictures that come of it, or are drawn on the way to it.
    fileprivate var frames: Int {
        switch kind {
        case .interpolate: options.frames ?? 1
        case .generate: options.bestOf ?? 1
        // A step draws as well, and nothing else has its turn before the last one.
        case .manipulate, .invert: 1 + (options.steps ?? 0) / 4
        default: 1
        }
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
