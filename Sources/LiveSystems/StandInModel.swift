public import Artifacts
public import JobDispatch
public import Jobs

/// What a live system's worker has in place of a model.
public protocol StandInModel: Sendable {
    /// What the worker says of it.
    static var announced: AnnouncedModel { get }

    /// Makes one for a system.
    init()

    /// Does a job; an error lets it run again when its lease has run out.
    func work(on job: DispatchedJob, at bench: Workbench) async throws -> Fact.Event
}

/// What a worker works with.
public struct Workbench: Sendable {
    /// Name of the worker.
    public let worker: WorkerName
    /// Where jobs come from and facts go.
    public let dispatch: JobDispatch
    /// Where inputs are and results go.
    public let store: LocalArtifactStore
}
