/// A moment at which a fault test can stop a process: on the one side something is durable, on the other the next party
/// does not know of it yet.
///
/// Failpoints are part of every build and do nothing unless `TEDI_FAILPOINT` names one; see ``FailpointPlan`` for how.
public enum Failpoint: String, CaseIterable, Sendable {
    // MARK: Coordinator

    /// A chunk of an upload is in PostgreSQL; its sender has not heard so.
    case afterUploadCommit
    /// A batch is sealed in PostgreSQL; its owner has not heard so, and the dispatcher was not woken.
    case afterSealCommit
    /// Jobs are handed out in PostgreSQL, with epochs; Redis does not know of them.
    case afterDispatchCommit
    /// Redis has the jobs; the dispatcher has not noted that.
    case afterPush
    /// Facts are recorded in PostgreSQL; in the stream they are not acknowledged.
    case afterRecordCommit
    /// Leases were taken away in Redis, and facts about it are in the stream; none is recorded.
    case afterReap
    /// Jobs whose time has come are ready in PostgreSQL; the dispatcher was not woken.
    case afterPromoteCommit
    /// Jobs have ended as cancelled in PostgreSQL; Redis still holds them, and workers still run them.
    case afterCancelCommit
    /// Redis has forgotten executions that nobody had claimed; PostgreSQL counts them as handed out.
    case afterRecall
    /// Executions that Redis did not know were given back in PostgreSQL; Redis takes no push of this term yet.
    case afterRequeueCommit
    /// The lease of the leader is in PostgreSQL; this process has done nothing with it.
    case afterLeading

    // MARK: Worker

    /// Nothing is claimed.
    case beforeClaim
    /// Redis counts jobs as this worker's; the worker has not begun any.
    case afterClaim
    /// Redis knows that the forward pass begins; nothing is computed.
    case afterBegin
    /// Files are written and flushed under temporary names; none has its own.
    case midArtifact
    /// Objects and manifests are in place; nobody was told.
    case afterArtifact
    /// Redis has taken reports; the worker has not read the answer.
    case afterFinish

    /// Stops here, where the environment says so.
    ///
    /// Where it does not, this costs a look at a constant.
    @inline(__always)
    public func reach() {
        guard let plan = FailpointPlan.ofProcess, plan.point == self else { return }
        plan.arrive()
    }

    /// The same in places from which an error can be thrown.
    @inline(__always)
    public func reachThrowing() throws(InjectedFault) {
        guard let plan = FailpointPlan.ofProcess, plan.point == self else { return }
        try plan.arriveThrowing()
    }

    /// Whether an error can be thrown from here.
    public var canThrow: Bool {
        switch self {
        case .afterUploadCommit, .afterSealCommit, .afterDispatchCommit, .afterPush, .afterRecordCommit, .afterReap,
            .afterPromoteCommit, .afterCancelCommit, .afterRecall, .afterRequeueCommit, .afterLeading:
            true
        case .beforeClaim, .afterClaim, .afterBegin, .midArtifact, .afterArtifact, .afterFinish: false
        }
    }
}

/// What the action `error` throws.
public struct InjectedFault: Error, Equatable, CustomStringConvertible {
    /// Where.
    public let point: Failpoint

    /// What happened.
    public var description: String { "the failpoint \(point.rawValue) was told to fail" }
}
