import Jobs

@testable import JobStore

extension StoreModel {
    /// The job of a sample of a line.
    func job(ofLine line: Int, variant: Int, in batch: Int) -> JobID? {
        let samples = batches[batch].plan.samples
        let own = jobs(of: batch).map(\.id)
        let place = line * samples + (variant < samples ? variant : 0)
        return place < own.count && !batches[batch].isGone ? own[place] : nil
    }

    /// Whether a line that needs this may be uploaded.
    func accepts(_ need: ModelNeed, line: Int, of batch: Int) -> Bool {
        switch need {
        case .nothing: return true
        case .lineBefore: return line > 0
        case .after(let other):
            guard let after = batches[batch].after else { return false }
            return job(ofLine: other, variant: 0, in: after) != nil && !waiting(for: batch).contains(after)
        case .job(let id):
            guard let number = jobs[id]?.batch, !waiting(for: batch).contains(number) else { return false }
            let other = batches[number]
            return other.plan.tenant == batches[batch].plan.tenant && other.state != .abandoned
        }
    }

    /// The batches that wait until a batch has finished, and those that work on what such a batch makes.
    private func waiting(for batch: Int) -> Set<Int> {
        func gated(behind other: Int) -> [Int] {
            batches.indices.filter {
                batches[$0].isGated && batches[$0].after == other
                    && [.open, .sealed, .running].contains(batches[$0].state)
            }
        }
        var found: Set<Int> = []
        var fresh = gated(behind: batch)
        while let next = fresh.popLast() {
            guard found.insert(next).inserted else { continue }
            fresh += gated(behind: next) + batches.indices.filter { batches[$0].ties.contains(next) }
        }
        return found
    }

    /// The job that one of a line's jobs needs.
    func target(_ need: ModelNeed, line: Int, variant: Int, of batch: Int) -> JobID? {
        switch need {
        case .nothing: nil
        case .lineBefore: job(ofLine: line - 1, variant: variant, in: batch)
        case .after(let other): batches[batch].after.flatMap { job(ofLine: other, variant: variant, in: $0) }
        case .job(let id): id
        }
    }

    /// Puts new jobs of a batch into their places.
    /// - Parameter needs: What some of them work on.
    mutating func arrive(_ arrived: [ModelJob], needs: [JobID: JobID]) {
        for job in arrived { jobs[job.id] = job }
        var isAnyWaiting = false
        for job in arrived {
            guard let needed = needs[job.id] else { continue }
            jobs[job.id]?.works = needed
            batches[job.batch].isNeeded = true
            if let other = jobs[needed]?.batch {
                batches[other].isNeeded = true
                if other != job.batch { batches[job.batch].ties.insert(other) }
            }
            guard made[needed] == nil else { continue }
            jobs[job.id]?.need = needed
            jobs[job.id]?.place = .waiting
            isAnyWaiting = true
        }
        // Among those that wait, nothing is fresh.
        guard isAnyWaiting else { return }
        for job in arrived where jobs[job.id]?.place == .fresh { jobs[job.id]?.place = .ready }
    }

    /// How a job has ended, be it gone by now.
    private func end(of job: JobID) -> JobState? {
        if case .done(let state, _, _) = jobs[job]?.place { return state }
        return ended[job]
    }

    /// Lets jobs go that waited for others which have ended, as far as their batches let them.
    mutating func settle(_ touched: inout Set<Int>) {
        var isChanged = true
        while isChanged {
            isChanged = false
            for id in jobs.keys.sorted() {
                guard var job = jobs[id], job.place == .waiting, let state = job.need.flatMap(end) else { continue }
                let batch = batches[job.batch]
                if state == .succeeded {
                    guard [.open, .sealed, .running].contains(batch.state) else { continue }
                    (job.need, job.place) = (nil, .ready)
                    released += 1
                } else {
                    guard [.sealed, .running].contains(batch.state) else { continue }
                    giveUp(&job)
                    touched.insert(job.batch)
                    isChanged = true
                }
                jobs[id] = job
            }
        }
    }

    private mutating func giveUp(_ job: inout ModelJob) {
        (job.need, job.place) = (nil, .done(.failed, epoch: 0, code: JobFailure.needsFailedCode))
        deadLetters.insert(job.id)
    }

    /// Opens the gates behind what has finished, and calls off what waits for what was called off.
    mutating func openGates() {
        for number in batches.indices {
            let batch = batches[number]
            guard batch.isGated, !batch.isGone, [.open, .sealed, .running].contains(batch.state),
                let after = batch.after
            else { continue }
            switch batches[after].state {
            case .finished: batches[number].isGated = false
            case .cancelled: callOff(gated: number)
            case .open, .sealed, .running, .cancelling, .abandoned: break
            }
        }
    }

    private mutating func callOff(gated number: Int) {
        let isOpen = batches[number].state == .open
        batches[number].state = isOpen ? .abandoned : .cancelling
        (batches[number].isGated, batches[number].isPaused, batches[number].isRecalled) = (false, false, false)
        batches[number].code = JobFailure.needsFailedCode
    }

    /// Sees to what waits for a batch that was given up, or for its jobs.
    mutating func sweep() {
        // What is given up on the way may be what others wait for.
        for _ in batches.indices { sweepOnce() }
    }

    private mutating func sweepOnce() {
        openGates()
        for number in batches.indices {
            let batch = batches[number]
            guard batch.isGated, !batch.isGone, [.open, .sealed, .running].contains(batch.state),
                let after = batch.after
            else { continue }
            if batches[after].state == .abandoned || batches[after].isGone { callOff(gated: number) }
        }
        var touched: Set<Int> = []
        for id in jobs.keys.sorted() {
            guard var job = jobs[id], job.place == .waiting, let need = job.need,
                [.sealed, .running].contains(batches[job.batch].state)
            else { continue }
            let isLost = jobs[need].map { batches[$0.batch].state == .abandoned } ?? (ended[need] == nil)
            guard isLost else { continue }
            giveUp(&job)
            touched.insert(job.batch)
            jobs[id] = job
        }
        _ = finish(touched)
    }

    /// The last copy of a job that was run again.
    func latest(_ job: JobID) -> JobID {
        var job = job
        while let next = again[job] { job = next }
        return job
    }

    /// Whether jobs of the batch are worked on by a batch that is not over.
    func isTied(_ batch: Int) -> Bool {
        batches.contains { other in
            !other.isGone && other.ties.contains(batch) && (!other.state.isTerminal)
        }
    }
}

/// What a line needs, with jobs by their ids.
enum ModelNeed: Hashable {
    case nothing
    case job(JobID)
    case lineBefore
    case after(Int)

    /// The reference that stands in the line.
    func reference(line: Int) -> InputReference? {
        switch self {
        case .nothing: nil
        case .job(let id): .job(id)
        case .lineBefore: .line("\(line)")
        case .after(let other): .after("\(other + 1)")
        }
    }
}
