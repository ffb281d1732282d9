/// Where a job is kept, and what is known of it there.
public enum JobPlace: Hashable, Sendable {
    /// Waits to be handed out.
    case ready
    /// Waits for a time to come.
    case later
    /// Handed out.
    case live(Execution)
    /// Ended; never changes again.
    case done
}

/// One execution of a job as PostgreSQL has it.
public struct Execution: Hashable, Sendable {
    /// Its fencing token.
    public var epoch: Epoch
    /// Which attempt it is, from 1.
    public var attempt: Int
    /// Leases lost before.
    public var crashes: Int

    /// Describes an execution.
    public init(epoch: Epoch, attempt: Int, crashes: Int) {
        self.epoch = epoch
        self.attempt = attempt
        self.crashes = crashes
    }
}

/// The transitions of a job, as pure decisions: what a fact does to it, and nothing else about it.
///
///     ready --dispatch--> live --done----------------------------> done(succeeded)
///       ^  ^               |  |--failed, attempts left----------> later --due--> ready
///       |  |               |  |--failed otherwise---------------> done(failed)
///       |  +---lost, crashes left   |--snoozed------------------> later or ready, attempt not counted
///       |                  +--lost, none left------------------> done(failed: poison)
///
/// Calling off is no fact of a worker: it ends a job wherever it is, and what is reported of it later is ignored.
public enum JobStateMachine {
    /// What is to be done with a job.
    public enum Action: Hashable, Sendable {
        /// Nothing: the fact is of another execution than the one that counts.
        case ignore
        /// Note that the execution is under way.
        case noteStart
        /// Note how far it has come.
        case noteProgress(JobProgress)
        /// End it, with a result.
        case succeed(JobResult)
        /// End it, given up.
        case fail(JobFailure)
        /// Run it again after a wait; the attempt counts.
        case retry(after: Duration, JobFailure)
        /// Run it again after a wait, which may be zero; the attempt does not count.
        case postpone(Duration)
        /// Run it again at once; the attempt does not count, the crash does if the job had begun.
        case rerun(crashes: Int)
    }

    /// Decides what a fact does to a job.
    /// - Parameters:
    ///   - place: Where the job is.
    ///   - fact: What was reported.
    ///   - policy: How often it may be run.
    ///   - jitter: A random number in 0..<1 for the wait before a retry.
    public static func decide(_ place: JobPlace, _ fact: Fact, policy: RetryPolicy, jitter: Double) -> Action {
        switch place {
        case .ready, .later, .done: .ignore
        case .live(let execution) where execution.epoch != fact.lease.epoch: .ignore
        case .live(let execution): decide(execution, fact.event, policy: policy, jitter: jitter)
        }
    }

    private static func decide(
        _ execution: Execution, _ event: Fact.Event, policy: RetryPolicy, jitter: Double
    ) -> Action {
        switch event {
        case .started: return .noteStart
        case .progress(let progress): return .noteProgress(progress)
        case .done(let result): return .succeed(result)
        case .failed(let failure):
            guard failure.retryable, execution.attempt < policy.maximumAttempts else { return .fail(failure) }
            let asked = failure.retryAfter.map { max(.zero, min($0, Fact.Event.maximumSnooze)) }
            return .retry(after: asked ?? policy.delay(afterAttempt: execution.attempt, jitter: jitter), failure)
        case .snoozed(let delay): return .postpone(max(.zero, min(delay, Fact.Event.maximumSnooze)))
        case .lost(begun: false):
            // It only lay beside the job that may have taken the worker down.
            return .rerun(crashes: execution.crashes)
        case .lost(begun: true):
            let crashes = execution.crashes + 1
            guard crashes >= policy.maximumCrashes else { return .rerun(crashes: crashes) }
            let message = "\(crashes) workers went away while they ran this job; see their logs before trying it again"
            return .fail(JobFailure(code: JobFailure.poisonCode, message: message, retryable: false))
        }
    }
}
