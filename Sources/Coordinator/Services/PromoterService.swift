import Failpoints
import JobStore
import Logging
import ServiceLifecycle

/// Makes jobs ready whose time has come: retries, and jobs that workers gave back.
struct PromoterService: Service {
    /// Time between looks.
    static let interval = Duration.milliseconds(250)
    /// Most jobs of one look; with as many, the next look comes at once.
    static let limit = 1_000

    let store: JobStore
    let leadership: Leadership
    /// Rings when there is something new to dispatch.
    let work: Bell
    let logger: Logger

    func run() async throws {
        try await Steady("promoter", logger: logger).run {
            guard let term = leadership.term else { return Self.interval }
            let count: Int
            do throws(StoreError) {
                guard try await store.agenda().hasDue else { return Self.interval }
                count = try await store.promoteDue(limit: Self.limit, term: term)
            } catch {
                // The leader service will notice too; until then there is nothing to do here.
                guard error.reason != .staleTerm else { return Self.interval }
                throw error
            }
            if count > 0 {
                try Failpoint.afterPromoteCommit.reachThrowing()
                work.ring()
            }
            return count < Self.limit ? Self.interval : .zero
        }
    }
}
