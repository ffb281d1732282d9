import AsyncHTTPClient
public import JobAPI
import NIOHTTP1

/// What operators and owners do to what runs.
extension TediClient {
    /// Calls a batch off: what waits is ended, what runs is stopped.
    ///
    /// An open one is given up.
    public func cancel(batch id: Int64) async throws(ClientError) -> BatchView {
        try await ask(request(.POST, Routes.cancel(batch: id)))
    }

    /// Hands nothing more of a batch out until it is resumed.
    public func pause(batch id: Int64) async throws(ClientError) -> BatchView {
        try await ask(request(.POST, Routes.pause(id)))
    }

    /// Goes on with a paused batch.
    public func resume(batch id: Int64) async throws(ClientError) -> BatchView {
        try await ask(request(.POST, Routes.resume(id)))
    }

    /// Gives a batch another priority, -100 to 100.
    public func setPriority(_ priority: Int, ofBatch id: Int64) async throws(ClientError) -> BatchView {
        try await post(PriorityBody(priority: priority), to: Routes.priority(of: id))
    }

    /// Runs the failed jobs of a batch again, in a new batch.
    ///
    /// Not repeated where the answer is lost: the failed jobs may be in their new batch already. Where
    /// ``BatchView/moreFailed`` is set in the answer, ask again for the rest.
    public func retryFailed(ofBatch id: Int64) async throws(ClientError) -> BatchView {
        try await retrying(.once).ask(request(.POST, Routes.retryFailed(of: id)))
    }

    /// Calls a job off.
    public func cancel(job id: Int64) async throws(ClientError) -> JobView {
        try await ask(request(.POST, Routes.cancel(job: id)))
    }

    // MARK: Dead letters

    /// A page of the jobs that failed for good and that nobody has dealt with yet.
    public func deadLetters(
        batch: Int64? = nil, cursor: String? = nil, limit: Int? = nil
    ) async throws(ClientError) -> DeadLetterPage {
        try await ask(request(.GET, Routes.dead(batch: batch, cursor: cursor, limit: limit)))
    }

    /// Runs dead letters again, each batch's in a new one; not repeated where the answer is lost.
    ///
    /// One request runs a limited number again; the receipt says whether there are more.
    public func requeueDead(_ selection: DeadLetterSelection) async throws(ClientError) -> RequeueReceipt {
        try await retrying(.once).post(selection, to: Routes.requeueDead)
    }

    /// Strikes dead letters off the list, as many as one request does; the receipt says whether there are more.
    public func purgeDead(_ selection: DeadLetterSelection) async throws(ClientError) -> PurgeReceipt {
        try await post(selection, to: Routes.purgeDead)
    }

    // MARK: Workers

    /// One worker, with the jobs that it has.
    public func worker(_ name: String) async throws(ClientError) -> WorkerView {
        try await ask(request(.GET, Routes.worker(name)))
    }

    /// Tells a worker what to do: `work`, `quiet` or `drain`.
    public func order(_ order: String, worker name: String) async throws(ClientError) -> WorkerView {
        try await ask(request(.POST, Routes.order(order, worker: name)))
    }

    // MARK: Parts

    private func post<Answer: Decodable>(_ body: some Encodable, to path: String) async throws(ClientError) -> Answer {
        try await ask(try posting(body, to: path))
    }
}
