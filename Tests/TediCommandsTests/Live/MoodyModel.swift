import Jobs
import LiveSystems
import Synchronization

/// Paints as ``PaintingModel`` does, when it is in the mood; else its jobs fail for good.
final class MoodyModel: StandInModel {
    static let announced = PaintingModel.announced

    private let painter = PaintingModel()
    private let isRefusing = Mutex(false)

    /// Fails every job until it is told otherwise.
    func refuse(_ refuses: Bool) { isRefusing.withLock { $0 = refuses } }

    func work(on job: DispatchedJob, at bench: Workbench) async throws -> Fact.Event {
        guard !isRefusing.withLock({ $0 }) else {
            return .failed(JobFailure(code: "moody", message: "not in the mood", retryable: false))
        }
        return try await painter.work(on: job, at: bench)
    }
}
