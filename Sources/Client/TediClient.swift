import AsyncHTTPClient
import Foundation
public import JobAPI
import NIOCore
import NIOHTTP1

/// Speaks to a coordinator over HTTP: one method per route, typed answers, typed errors.
///
/// Requests that are safe to repeat are repeated by the ``RetrySchedule`` while the coordinator cannot be reached or
/// says that it is not ready.
///
/// Example:
///
///     let names = try await TediClient.connected(to: "http://127.0.0.1:8080") { client in
///         try await client.models().map(\.name)
///     }
public struct TediClient: Sendable {
    /// Base address of the coordinator, such as `http://127.0.0.1:8080`, without a slash at the end.
    public let address: String

    /// When to repeat a request.
    public var retries: RetrySchedule

    /// Who speaks; `nil` where the coordinator does not ask.
    public var apiKey: ApiKey?

    /// The tenant that an administrator acts for; `nil` where everybody speaks for themselves.
    public var tenant: String?

    let http: HTTPClient

    /// Longest time that one attempt may take.
    var patience = Duration.seconds(120)

    /// Opens a client, runs `body` and closes the client's connections, however `body` ends.
    ///
    /// - Parameters:
    ///   - address: Base address of the coordinator.
    ///   - apiKey: Says who speaks.
    ///   - retries: When to repeat a request.
    ///   - body: Uses the client.
    public static func connected<Result>(
        to address: String, apiKey: ApiKey? = nil, retries: RetrySchedule = .brief,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (TediClient) async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        // A coordinator is near, or it is not there; the retry schedule is the patience.
        configuration.timeout = .init(connect: .seconds(2), read: .seconds(60), write: .seconds(60))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        configuration.redirectConfiguration = .disallow
        let base = address.hasSuffix("/") ? String(address.dropLast()) : address
        return try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(TediClient(address: base, retries: retries, apiKey: apiKey, http: http))
        }
    }

    /// The same client with another schedule of retries.
    public func retrying(_ retries: RetrySchedule) -> TediClient {
        var copy = self
        copy.retries = retries
        return copy
    }

    /// The same client, of which no attempt takes longer than that.
    public func within(_ patience: Duration) -> TediClient {
        var copy = self
        copy.patience = patience
        return copy
    }

    /// The same client, acting for a tenant, which only an administrator may.
    public func acting(for tenant: String?) -> TediClient {
        var copy = self
        copy.tenant = tenant
        return copy
    }
}

// MARK: Routes

extension TediClient {
    /// Creates a batch that takes items.
    ///
    /// - Parameters:
    ///   - body: What all its items have in common.
    ///   - idempotencyKey: Makes the request safe to repeat: the same key gives the same batch.
    public func createBatch(_ body: CreateBatchBody, idempotencyKey: String) async throws(ClientError) -> BatchView {
        var request = request(.POST, Routes.batches)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: Routes.idempotencyKeyHeader, value: idempotencyKey)
        request.body = .bytes(ByteBuffer(bytes: try encoded(body)))
        return try await ask(request)
    }

    /// Creates a batch, fills it and seals it in one request: work may begin.
    ///
    /// - Parameters:
    ///   - body: What all its items have in common.
    ///   - items: All of them, 1 to ``Limits/maximumSubmissionItems``.
    ///   - idempotencyKey: Makes the request safe to repeat: the same key gives the same batch.
    public func submit(
        _ body: CreateBatchBody, items: [CronItem], idempotencyKey: String
    ) async throws(ClientError) -> BatchView {
        var body = body
        body.items = items
        return try await createBatch(body, idempotencyKey: idempotencyKey)
    }

    /// Closes a batch to further items: work may begin.
    ///
    /// Repeated after a lost answer, it finds the batch sealed already and gives that.
    public func seal(batch id: Int64) async throws(ClientError) -> BatchView {
        do {
            return try await ask(request(.POST, Routes.seal(id)))
        } catch {
            guard case .problem(let problem) = error, problem.code == .batchNotOpen else { throw error }
            let batch = try await batch(id)
            guard batch.state != .abandoned else { throw error }
            return batch
        }
    }

    /// Gives up a batch that is still open; its items are forgotten.
    ///
    /// - Returns: The batch as it is now: abandoned, or as it was found where it had been sealed before.
    @discardableResult
    public func abandon(batch id: Int64) async throws(ClientError) -> BatchView {
        do {
            return try await ask(request(.DELETE, Routes.batch(id)))
        } catch {
            guard case .problem(let problem) = error, problem.code == .batchNotOpen else { throw error }
            return try await batch(id)
        }
    }

    /// One batch.
    public func batch(_ id: Int64) async throws(ClientError) -> BatchView {
        try await ask(request(.GET, Routes.batch(id)))
    }

    /// A page of batches, newest first.
    public func batches(cursor: String? = nil, limit: Int? = nil) async throws(ClientError) -> BatchPage {
        try await ask(request(.GET, Routes.batches(cursor: cursor, limit: limit)))
    }

    /// A page of a batch's jobs, in the order of its lines and samples.
    public func jobs(
        of batch: Int64, cursor: String? = nil, limit: Int? = nil, state: JobStatus? = nil
    ) async throws(ClientError) -> JobPage {
        try await ask(request(.GET, Routes.jobs(of: batch, cursor: cursor, limit: limit, state: state)))
    }

    /// One job.
    public func job(_ id: Int64) async throws(ClientError) -> JobView {
        try await ask(request(.GET, Routes.job(id)))
    }

    /// The models that workers have announced.
    public func models() async throws(ClientError) -> [ModelView] {
        let list: ModelList = try await ask(request(.GET, Routes.models))
        return list.models
    }

    /// The workers seen lately.
    public func workers() async throws(ClientError) -> [WorkerView] {
        let list: WorkerList = try await ask(request(.GET, Routes.workers))
        return list.workers
    }

    /// The system at this moment.
    public func status() async throws(ClientError) -> StatusView {
        try await ask(request(.GET, Routes.status))
    }

    /// Waits until a coordinator answers, whatever it says, for as long as the schedule of repetitions allows.
    public func reach() async throws(ClientError) {
        var retrying = Retrying(schedule: retries)
        while true {
            do throws(ClientError) {
                _ = try await readiness()
                return
            } catch {
                guard case .unreachable = error else { return }
                try await retrying.wait(after: error)
            }
        }
    }

    /// Whether the coordinator can accept work, and what keeps it if not; never repeated.
    public func readiness() async throws(ClientError) -> HealthView {
        let answer = try await once(request(.GET, Routes.readiness), limit: Self.bodyLimit)
        guard answer.status == 200 || answer.status == 503,
            let health = try? WireFormat.decode(HealthView.self, from: answer.body)
        else { throw unexpected(answer) }
        return health
    }
}
