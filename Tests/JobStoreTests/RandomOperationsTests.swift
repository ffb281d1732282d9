import Jobs
import Postgres
import Testing

@testable import JobStore

/// A store and a simple model of it, moved by the same random operations.
@Suite("Random operations") struct RandomOperationsTests {
    /// What the model knows of a job.
    private struct ModelJob {
        var place = JobPlace.ready
        var attempts = 0
        var crashes = 0
        var state = JobState.queued
    }

    private struct Model {
        var jobs: [JobID: ModelJob] = [:]
        /// Every lease that was ever given, live or not.
        var leases: [Lease] = []
        let policy: RetryPolicy

        mutating func dispatch(_ dispatched: [DispatchedJob]) {
            for job in dispatched {
                let known = jobs[job.lease.job]
                #expect(known?.place == .ready, "job \(job.lease.job) was handed out from \(String(describing: known))")
                #expect(job.attempt == (known?.attempts ?? 0) + 1)
                #expect(job.crashes == known?.crashes)
                #expect(leases.allSatisfy { $0.epoch != job.lease.epoch }, "epochs are never used again")
                leases.append(job.lease)
                jobs[job.lease.job]?.place = .live(
                    Execution(epoch: job.lease.epoch, attempt: job.attempt, crashes: job.crashes))
                jobs[job.lease.job]?.state = .running
            }
        }

        /// Applies a fact; true if it counts.
        mutating func apply(_ fact: Fact) -> Bool {
            guard var job = jobs[fact.lease.job] else { return false }
            let action = JobStateMachine.decide(job.place, fact, policy: policy, jitter: 0)
            switch action {
            case .ignore: return false
            case .noteStart, .noteProgress: return true
            case .succeed:
                job.place = .done
                job.state = .succeeded
                job.attempts += 1
            case .fail(let failure):
                job.place = .done
                job.state = .failed
                job.attempts += 1
                if failure.code == JobFailure.poisonCode { job.crashes += 1 }
            case .retry:
                job.place = .later
                job.state = .queued
                job.attempts += 1
            case .postpone:
                job.place = .ready
                job.state = .queued
            case .rerun(let crashes):
                job.place = .ready
                job.state = .queued
                job.crashes = crashes
            }
            jobs[fact.lease.job] = job
            return true
        }

        mutating func requeue(_ lease: Lease) -> Bool {
            guard case .live(let execution)? = jobs[lease.job]?.place, execution.epoch == lease.epoch else {
                return false
            }
            jobs[lease.job]?.place = .ready
            jobs[lease.job]?.state = .queued
            return true
        }

        mutating func promote() -> Int {
            let due = jobs.filter { $0.value.place == .later }.map(\.key)
            for id in due { jobs[id]?.place = .ready }
            return due.count
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func storeAndModelAgree(_ seed: UInt64) async throws {
        try await StoreFixture.with { fixture in
            var random = SplitMix(seed: seed)
            var model = Model(policy: StoreFixture.policy)
            var batches: [BatchRecord] = []
            for step in 0..<120 {
                switch random.next() % 10 {
                case 0 where batches.count < 6, 1 where batches.isEmpty:
                    let batch = try await fixture.batch(
                        lines: Int(random.next() % 9) + 1, samples: Int(random.next() % 3) + 1,
                        priority: Int(random.next() % 2))
                    batches.append(batch)
                    for job in try await fixture.store.jobs(of: batch.id, limit: 1_000).elements {
                        model.jobs[job.id] = ModelJob()
                    }
                case 2, 3, 4:
                    guard let batch = batches.first else { continue }
                    model.dispatch(try await fixture.dispatch(Int(random.next() % 8) + 1, of: batch))
                case 5:
                    #expect(try await fixture.store.promoteDue(term: fixture.term) == model.promote())
                case 6:
                    guard let lease = model.leases.randomElement(using: &random) else { continue }
                    let count = try await fixture.store.requeue([lease], term: fixture.term)
                    #expect(count == (model.requeue(lease) ? 1 : 0))
                default:
                    let facts = Self.facts(about: model.leases, &random)
                    let report = try await fixture.store.record(facts)
                    let counted = Self.apply(facts, to: &model)
                    #expect(report.stale == facts.count - counted, "seed \(seed), step \(step)")
                }
                if step % 20 == 19 { try await Self.compare(fixture, model, batches) }
            }
            try await Self.drain(fixture, &model, batches)
            try await Self.compare(fixture, model, batches)
            #expect(model.jobs.values.allSatisfy { $0.state.isTerminal })
            for batch in batches { #expect(try await fixture.store.batch(batch.id).state == .finished) }
        }
    }

    /// Facts about random leases, at most one about each: Redis lets one worker end a lease once.
    private static func facts(about leases: [Lease], _ random: inout SplitMix) -> [Fact] {
        let chosen = Set((0..<random.next() % 6).compactMap { _ in leases.randomElement(using: &random) })
        return chosen.sorted { $0.epoch < $1.epoch }.map { lease in
            let event: Fact.Event =
                switch random.next() % 8 {
                case 0: .started
                case 1: .failed(RecordingTests.soft)
                case 2: .failed(RecordingTests.hard)
                case 3: .snoozed(.zero)
                case 4: .lost(begun: random.next() % 2 == 0)
                default: .done(StoreFixture.result(Int(lease.epoch.rawValue)))
                }
            return Fact(lease: lease, worker: StoreFixture.worker, event: event)
        }
    }

    private static func apply(_ facts: [Fact], to model: inout Model) -> Int {
        facts.reduce(0) { $0 + (model.apply($1) ? 1 : 0) }
    }

    private static func drain(_ fixture: StoreFixture, _ model: inout Model, _ batches: [BatchRecord]) async throws {
        guard let batch = batches.first else { return }
        for _ in 0..<100 {
            _ = model.promote()
            _ = try await fixture.store.promoteDue(term: fixture.term)
            model.dispatch(try await fixture.dispatch(1_000, of: batch))
            let live = try await fixture.store.liveLeases(limit: 10_000)
            if live.isEmpty { return }
            let facts = live.map { Fact(lease: $0, worker: StoreFixture.worker, event: .done(StoreFixture.result())) }
            _ = try await fixture.store.record(facts)
            _ = apply(facts, to: &model)
        }
        Issue.record("the queue does not run dry")
    }

    private static func compare(_ fixture: StoreFixture, _ model: Model, _ batches: [BatchRecord]) async throws {
        try await fixture.audit()
        for batch in batches {
            for job in try await fixture.store.jobs(of: batch.id, limit: 1_000).elements {
                let known = try #require(model.jobs[job.id])
                #expect(job.state == known.state)
                #expect(job.crashes == known.crashes)
                #expect(job.attempts <= StoreFixture.policy.maximumAttempts)
                #expect(job.crashes <= StoreFixture.policy.maximumCrashes)
                if job.state != .running { #expect(job.attempts == known.attempts, "job \(job.id) is \(job.state)") }
            }
        }
    }
}

/// A small counter-based generator, so that a failing case can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
