import JobDispatch
import Jobs

/// How workers of the bench treat their jobs.
struct WorkManner: Sendable {
    /// Most jobs of one claim.
    var claim = 100
    /// Time that a claim's jobs take.
    var delay = Duration.zero
    /// Workers in one process.
    var loops = 1

    /// The same as options of ``WorkCommand``.
    var arguments: [String] {
        [
            "--claim", "\(claim)", "--delay",
            "\(delay.components.seconds * 1_000 + delay.components.attoseconds / 1_000_000_000_000_000)",
            "--loops", "\(loops)",
        ]
    }

    /// Names of the workers of a process.
    func names(_ name: String) -> [String] {
        loops == 1 ? [name] : (0..<loops).map { "\(name)-\($0)" }
    }
}

/// A worker that computes nothing: it claims jobs, may wait, and reports that they are done.
///
/// It keeps to the protocol as a real worker does: it registers, beats, sleeps until its lane wakes it, and finishes
/// each job with its epoch. What it leaves out is the forward pass and the artifacts.
struct NoopWorker: Sendable {
    let dispatch: JobDispatch
    let name: WorkerName
    let manner: WorkManner
    /// Told of every claim that brought something, before anything is done about it.
    var onClaim: @Sendable ([DispatchedJob]) -> Void = { _ in }

    /// The report of every job: as long as that of a real one.
    private static let result = JobResult(
        imageDigest: String(repeating: "01", count: 32), bytes: 0, width: 64, height: 64,
        codeDigest: String(repeating: "02", count: 32), milliseconds: 0)

    /// Works until it is cancelled.
    func run() async throws {
        try await dispatch.register(System.announcement(name))
        try await withThrowingTaskGroup { tasks in
            let holding = Holding()
            tasks.addTask { try await beat(for: holding) }
            tasks.addTask { try await work(holding) }
            try await tasks.next()
            tasks.cancelAll()
        }
    }

    private func work(_ holding: Holding) async throws {
        var lanes: [LaneID] = []
        while lanes.isEmpty {
            try Task.checkCancellation()
            lanes = try await dispatch.lanes(pool: WorkerAnnouncement.defaultPool, models: [System.model]).map(\.id)
            if lanes.isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        }
        while true {
            try Task.checkCancellation()
            let jobs = try await claim(from: lanes)
            guard !jobs.isEmpty else {
                _ = try await dispatch.waitForWork(in: lanes, timeout: .milliseconds(500))
                continue
            }
            onClaim(jobs)
            let leases = jobs.map(\.lease)
            if manner.delay > .zero {
                await holding.set(leases)
                try await Task.sleep(for: manner.delay)
            }
            _ = try await dispatch.finish(leases.map { ($0, .done(Self.result)) }, by: name)
            if manner.delay > .zero { await holding.set([]) }
        }
    }

    /// Claims jobs; none while Redis is being put right.
    private func claim(from lanes: [LaneID]) async throws -> [DispatchedJob] {
        do {
            return try await dispatch.claim(manner.claim, from: lanes, by: name)
        } catch {
            guard error.isRetryable else { throw error }
            try await Task.sleep(for: .milliseconds(50))
            return []
        }
    }

    private func beat(for holding: Holding) async throws {
        while true {
            try await Task.sleep(for: dispatch.configuration.beat)
            _ = try await dispatch.beat(await holding.leases, by: name)
        }
    }
}

/// What a worker has claimed and not finished.
private actor Holding {
    private(set) var leases: [Lease] = []

    func set(_ leases: [Lease]) { self.leases = leases }
}
