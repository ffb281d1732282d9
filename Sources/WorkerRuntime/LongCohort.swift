import Jobs

/// Long jobs of one kind that a model works on side by side, on its own thread.
///
/// Others join between steps, and each leaves by itself. The model asks for ``newcomers()`` before each step, makes one
/// step for all that it holds, and ends each job by ``finish(_:_:)`` as soon as that one is done, fails, or
/// ``LongJob/shouldStop`` says so. It returns when it holds none and there are no newcomers.
package final class LongCohort {
    /// Members at most.
    package let capacity: Int

    private let model: any ImageModel
    private let feed: CohortFeed
    private var members: [ObjectIdentifier: Member] = [:]
    /// Why the model can no longer be used.
    private(set) var breakage: String?
    /// Jobs that were members.
    private(set) var count = 0

    private struct Member {
        let job: LongJob
        let since: ContinuousClock.Instant
    }

    init(_ model: any ImageModel, feed: CohortFeed) {
        self.model = model
        self.feed = feed
        capacity = feed.capacity
    }

    /// Whether the model holds no job.
    package var isEmpty: Bool { members.isEmpty }

    /// The jobs that join now; none where none wait, and it does not wait for any.
    package nonisolated(nonsending) func newcomers() async -> [LongJob] {
        guard breakage == nil else { return [] }
        var accepted: [LongJob] = []
        for claimed in await feed.newcomers() {
            let job = LongJob(claimed, feed: feed)
            members[ObjectIdentifier(job)] = Member(job: job, since: .now)
            count += 1
            if let objection = model.objection(to: job.job) {
                await finish(job, .failed(.refused(objection)))
            } else {
                accepted.append(job)
            }
        }
        return accepted
    }

    /// Saves states of members after a step, quicker than one by one; their reports go out once all are stored.
    package nonisolated(nonsending) func save(_ states: [LongJobState]) async {
        await LongJob.save(states)
    }

    /// Ends the work on a job; what came of it is stored and reported while the others go on.
    package nonisolated(nonsending) func finish(_ job: LongJob, _ end: LongJobEnd) async {
        guard let member = members.removeValue(forKey: ObjectIdentifier(job)) else { return }
        await feed.settle(job, outcome(of: job, end), after: ContinuousClock.now - member.since)
    }

    /// Gives back the members of a cohort whose model cannot be had.
    static func refuse(_ feed: CohortFeed, _ error: ModelError) async -> Int {
        let jobs = await feed.newcomers().map { LongJob($0, feed: feed) }
        for job in jobs { await feed.settle(job, .modelBroken(error.message), after: .zero) }
        return jobs.count
    }

    /// Ends what the model has left behind.
    nonisolated(nonsending) func close() async {
        for job in members.values.map(\.job) {
            await finish(job, .failed(.failed("the model left the job before its end")))
        }
    }

    private func outcome(of job: LongJob, _ end: LongJobEnd) -> Outcome {
        switch end {
        case .output(.image(var image)):
            if let losses = job.losses, !image.files.contains(where: { $0.name == "losses.json" }) {
                image.files.append(GeneratedFile(name: "losses.json", bytes: losses.encoded()))
            }
            return .image(image)
        case .output(.result(let result)): return .result(result)
        case .yielded: return .yielded
        case .failed(.failed(let message)):
            // The job, or the device under all of them? A request known to be good tells.
            if breakage == nil {
                do throws(ModelError) { try model.selfTest() } catch { breakage = error.message }
            }
            return breakage.map { .modelBroken($0) } ?? .failed(.failed(message))
        case .failed(let error): return .failed(error)
        }
    }
}
