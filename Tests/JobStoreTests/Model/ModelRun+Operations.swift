import Jobs
import Postgres

@testable import JobStore

extension ModelRun {
    /// Does the same to the store and to the model; what they answer must be equal.
    mutating func apply(_ operation: StoreOperation) async throws {
        switch operation {
        case .create(let plan): try await create(plan)
        case .append(let batch, let offset, let count, let naming, let needs):
            guard let batch = number(batch) else { return }
            try await append(batch, offset: offset, count: count, naming: naming, needs)
        case .seal, .abandon, .cancel, .pause, .resume, .setPriority: try await change(operation)
        case .dispatch(let band, let limit): try await dispatch(band, limit: limit)
        case .record(let reports): try await record(reports)
        case .requeue(let picks):
            let leases = Set(picks.map(lease)).sorted { $0.epoch < $1.epoch }
            let expected = model.requeue(leases)
            try agree(expected, try await store.requeue(leases, term: term))
        case .promoteDue: try agree(model.promoteDue(), try await store.promoteDue(term: term))
        case .callBack: try await callBack()
        case .cancelJob(let pick):
            let ids = model.jobs.keys.sorted()
            guard !ids.isEmpty, let job = model.jobs[ids[pick % ids.count]] else { return }
            let expected = model.cancel(job)
            try agree(expected, try await outcome { () throws(StoreError) in try await store.cancel(job.id) })
        case .cancelStep:
            let expected = model.cancelStep()
            var report = try await store.cancelStep(term: term)
            report.leases.sort { $0.job < $1.job }
            report.finishedBatches.sort()
            try agree(expected, report)
        case .expire: try agree(model.expire(), try await store.expire(term: term))
        case .endOverdue: try agree(model.endOverdue(), Set(try await store.endOverdue(term: term)))
        case .purge(let plan):
            let filter = filter(plan)
            guard let filter else { return }
            try agree(model.purge(plan), try await store.purge(filter).purged)
        case .requeueDead(let plan): try await requeueDead(plan)
        case .retryFailed(let batch): try await retryFailed(batch)
        case .prune:
            let report = try await store.prune(olderThan: .seconds(3_600), term: term)
            try agree(model.prune(), report.batches)
        case .sweepNeeds:
            model.sweep()
            while try await store.sweepNeeds(term: term).found > 0 {}
        case .changeLeader: try await changeLeader()
        case .useStaleTerm: try await useStaleTerm()
        case .startTimeComes, .expiryTimeComes, .retryTimesCome, .becomesOverdue, .growsOld:
            try await pass(operation)
        }
    }

    func number(_ pick: Int) -> Int? { model.batches.isEmpty ? nil : pick % model.batches.count }

    func lease(_ pick: Int) -> Lease {
        guard pick >= 0, !model.leases.isEmpty else { return Lease(job: JobID(1 << 60), epoch: Epoch(1)) }
        return model.leases[pick % model.leases.count]
    }

    // MARK: Batches

    private mutating func create(_ asked: StoreOperation.BatchPlan) async throws {
        var plan = asked
        plan.after = plan.after.flatMap(number)
        let specification = try plan.specification(after: plan.after.map { model.batches[$0].id })
        let tenant = tenants[plan.tenant]
        let store = store
        let answer = try await outcome { () throws(StoreError) in
            try await store.createBatch(
                specification, idempotencyKey: plan.key.map { "key \($0)" }, tenant: tenant
            ).batch.id
        }
        if let expected = model.existing(plan) { return try agree(expected, answer) }
        guard case .value(let id) = answer, model.number(of: id) == nil else {
            throw Disagreement("expected a new batch, got \(answer)")
        }
        model.created(plan, id)
    }

    private mutating func append(
        _ batch: Int, offset: Int, count: Int, naming: StoreOperation.Naming, _ plan: [StoreOperation.Need]
    ) async throws {
        let line = max(0, model.batches[batch].items + offset)
        let known = model.jobs.keys.sorted()
        let needs: [ModelNeed] = (0..<count).map { place in
            switch place < plan.count ? plan[place] : .nothing {
            case .nothing: .nothing
            case .job(let pick): known.isEmpty ? .nothing : .job(known[pick % known.count])
            case .lineBefore: .lineBefore
            case .after(let other): .after(other)
            }
        }
        let first = line
        let items = try (line..<line + count).map { line in
            let customID: String? =
                switch naming {
                case .none: nil
                case .own: "line \(line)"
                case .clashing: "line \(line / 2)"
                }
            let reference = needs[line - first].reference(line: line)
            return try CaptionItem(
                caption: "face \(line)", customID: customID, inputs: JobInputs(sketch: reference))
        }
        let (id, store) = (model.batches[batch].id, store)
        let expected = model.append(items, needs: needs, to: batch, from: line)
        let answer = try await outcome { () throws(StoreError) in try await store.append(items, to: id, from: line) }
        try agree(expected, answer)
        if case .value = answer { try await learnJobs(of: batch, needs, from: line) }
    }

    /// Notes the ids of new jobs; every line has its samples, in order.
    private mutating func learnJobs(of batch: Int, _ needs: [ModelNeed], from line: Int) async throws {
        let records = try await store.jobs(of: model.batches[batch].id, limit: 1_000).elements
        let arrived = records.filter { model.jobs[$0.id] == nil }.map { record in
            ModelJob(
                id: record.id, batch: batch, line: record.line, sample: record.sample, customID: record.customID,
                payload: record.payload)
        }
        model.arrive(arrived, needs: [:])
        let needed = arrived.compactMap { job in
            model.target(needs[job.line - line], line: job.line, variant: job.sample, of: batch).map { (job.id, $0) }
        }
        model.arrive(arrived, needs: Dictionary(needed) { first, _ in first })
        let samples = model.batches[batch].plan.samples
        let expected = (0..<model.batches[batch].items).flatMap { line in (0..<samples).map { [line, $0] } }
        try agree(expected, records.map { [$0.line, $0.sample] })
    }

    private mutating func change(_ operation: StoreOperation) async throws {
        func both(
            _ pick: Int, _ expected: (inout StoreModel, Int) -> Outcome<BatchState>,
            _ body: (BatchID) async throws(StoreError) -> BatchRecord
        ) async throws {
            guard let batch = number(pick) else { return }
            let id = model.batches[batch].id
            let answer = try await outcome { () throws(StoreError) in try await body(id).state }
            try agree(expected(&model, batch), answer)
        }
        let store = store
        switch operation {
        case .seal(let pick):
            try await both(pick, { $0.seal($1) }) { id throws(StoreError) in try await store.seal(id) }
        case .abandon(let pick):
            try await both(pick, { $0.abandon($1) }) { id throws(StoreError) in try await store.abandon(id) }
        case .cancel(let pick):
            try await both(pick, { $0.cancel($1) }) { id throws(StoreError) in try await store.cancel(id) }
        case .pause(let pick):
            try await both(pick, { $0.change($1) { ($0.isPaused, $0.isRecalled) = (true, true) } }) {
                id throws(StoreError) in try await store.pause(id)
            }
        case .resume(let pick):
            try await both(pick, { $0.change($1) { $0.isPaused = false } }) { id throws(StoreError) in
                try await store.resume(id)
            }
        case .setPriority(let pick, let priority):
            try await both(
                pick, { $0.change($1) { ($0.priority, $0.isRecalled) = (priority, $0.state == .running) } }
            ) { id throws(StoreError) in try await store.setPriority(priority, of: id) }
        default: break
        }
    }

    private mutating func callBack() async throws {
        let recalls = try await store.recalls()
        try agree(model.recalls(), Dictionary(recalls.map { ($0.batch, $0.leases) }) { first, _ in first })
        for (batch, leases) in recalls {
            try agree(model.requeue(leases), try await store.requeue(leases, term: term))
            try await store.recalled(batch)
            if let number = model.number(of: batch) { model.batches[number].isRecalled = false }
        }
    }

    // MARK: Executions

    private mutating func dispatch(_ band: Band, limit: Int) async throws {
        guard let lane = lanes[band] else { throw Disagreement("there is no lane for \(band)") }
        let jobs = try await store.dispatch(lane: lane, limit: limit, term: term)
        try Disagreement.check(
            jobs.allSatisfy { $0.lease.epoch > epochsBefore && $0.lane == lane }, "an epoch or lane is wrong")
        // A batch rises after six seconds at the earliest.
        let isYoung = ContinuousClock.now - start < .seconds(3)
        try model.dispatched(jobs, band: band, limit: limit, isYoung: isYoung)
    }

    private mutating func record(_ reports: [StoreOperation.Report]) async throws {
        let facts = reports.map { report in
            let lease = lease(report.execution)
            return Fact(lease: lease, worker: StoreFixture.worker, event: Self.event(report.event, of: lease))
        }
        var answer = try await store.record(facts)
        answer.finishedBatches.sort()
        try agree(model.record(facts), answer)
    }

    private static func event(_ event: StoreOperation.Report.Event, of lease: Lease) -> Fact.Event {
        switch event {
        case .started: return .started
        case .progress(let step, let hasCheckpoint):
            let digest = StoreFixture.result(step + 1).imageDigest
            return .progress(
                JobProgress(
                    step: step, total: 10, checkpoint: hasCheckpoint ? digest : nil, note: "of \(lease.epoch)"))
        case .done: return .done(StoreFixture.result(Int(lease.epoch.rawValue)))
        case .failed(let retryable, let isPutOff):
            return .failed(
                JobFailure(
                    code: retryable ? "model_error" : "refused", message: "no", retryable: retryable,
                    retryAfter: isPutOff ? .seconds(86_400) : nil))
        case .snoozed(let isPutOff): return .snoozed(isPutOff ? .seconds(86_400) : .zero)
        case .lost(let begun): return .lost(begun: begun)
        }
    }

    // MARK: Dead letters

    private func filter(_ plan: StoreOperation.DeadPlan) -> DeadLetterFilter? {
        switch plan {
        case .ofBatch(let pick): number(pick).map { DeadLetterFilter(batch: model.batches[$0].id) }
        case .ofTenant(let tenant): DeadLetterFilter(tenant: tenants[tenant])
        case .poisoned: DeadLetterFilter(code: JobFailure.poisonCode)
        case .all: DeadLetterFilter()
        }
    }

    private mutating func requeueDead(_ plan: StoreOperation.DeadPlan) async throws {
        guard let filter = filter(plan) else { return }
        let letters = model.deadLetters(plan).sorted { $0.key < $1.key }
        let batches = try await store.requeueDead(filter).batches
        try agree(letters.map { model.batches[$0.key].id }, batches.compactMap(\.retryOf))
        try await learnCopies(zip(letters, batches).map { ($0.value, $0.key, $1) })
    }

    private mutating func retryFailed(_ pick: Int) async throws {
        guard let batch = number(pick) else { return }
        let (known, store) = (model.batches[batch], store)
        let answer = try await outcome { () throws(StoreError) in try await store.retryFailed(of: known.id).batch.id }
        let letters = model.deadLetters(.ofBatch(batch))[batch] ?? []
        guard !letters.isEmpty else {
            return try agree(.refused(known.isGone ? .notFound : .wrongState(known.state)), answer)
        }
        guard case .value(let id) = answer else { throw Disagreement("expected a new batch, got \(answer)") }
        try await learnCopies([(letters, batch, try await store.batch(id))])
    }

    /// Notes batches that run failed jobs again: copies of them, byte for byte, but for jobs that were run again as well.
    private mutating func learnCopies(
        _ copies: [(letters: [ModelJob], batch: Int, copy: BatchRecord)]
    ) async throws {
        var records: [[JobRecord]] = []
        for (letters, batch, copy) in copies {
            let own = try await store.jobs(of: copy.id, limit: 1_000).elements
            records.append(own)
            try agree(letters.map(\.customID), own.map(\.customID))
            try agree(letters.map { [$0.line, $0.sample] }, own.map { [$0.line, $0.sample] })
            model.copied(letters, of: batch, as: copy.id)
            guard model.batches[batch].isNeeded else { continue }
            for (letter, record) in zip(letters, own) { model.again[letter.id] = record.id }
        }
        let first = model.batches.count - copies.count
        for (place, (letters, _, _)) in copies.enumerated() {
            var needs: [JobID: JobID] = [:]
            for (letter, record) in zip(letters, records[place]) {
                var payload = letter.payload
                if let works = letter.works, var request = try? JobRequest(decoding: payload) {
                    needs[record.id] = model.latest(works)
                    request.inputs.sketch = .job(model.latest(works))
                    payload = request.encoded()
                }
                try agree(payload, record.payload)
                try Disagreement.check(model.jobs[record.id] == nil, "the id of job \(record.id) is used again")
            }
            let arrived = records[place].map { record in
                ModelJob(
                    id: record.id, batch: first + place, line: record.line, sample: record.sample,
                    customID: record.customID, payload: record.payload)
            }
            model.arrive(arrived, needs: needs)
        }
        _ = model.finish(first..<model.batches.count)
    }

    // MARK: Terms

    /// Whoever leads no more changes nothing.
    private func useStaleTerm() async throws {
        let stale = Term(term.rawValue - 1)
        let store = store
        let leases = Array(model.leases.suffix(3))
        let facts = leases.map { Fact(lease: $0, worker: StoreFixture.worker, event: .snoozed(.zero)) }
        for lane in lanes.values {
            try await isStale { () throws(StoreError) in
                _ = try await store.dispatch(lane: lane, limit: 5, term: stale)
            }
        }
        try await isStale { () throws(StoreError) in _ = try await store.promoteDue(term: stale) }
        try await isStale { () throws(StoreError) in _ = try await store.cancelStep(term: stale) }
        try await isStale { () throws(StoreError) in _ = try await store.expire(term: stale) }
        try await isStale { () throws(StoreError) in _ = try await store.sweepNeeds(term: stale) }
        try await isStale { () throws(StoreError) in _ = try await store.endOverdue(term: stale) }
        try await isStale { () throws(StoreError) in
            _ = try await store.prune(olderThan: .seconds(3_600), term: stale)
        }
        guard !leases.isEmpty else { return }
        try await isStale { () throws(StoreError) in _ = try await store.requeue(leases, term: stale) }
        try await isStale { () throws(StoreError) in _ = try await store.record(facts, term: stale) }
        try await audit()
    }

    private func isStale(_ body: () async throws(StoreError) -> Void) async throws {
        let answer = try await outcome { () throws(StoreError) in
            try await body()
            return true
        }
        try agree(.refused(.staleTerm), answer)
    }
}
