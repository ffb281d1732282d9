import AsyncHTTPClient
public import JobAPI
import NIOCore
import NIOHTTP1

extension TediClient {
    /// Every cron entry, by name, without captions.
    public func cronEntries() async throws(ClientError) -> [CronView] {
        let list: CronList = try await ask(request(.GET, Routes.cron))
        return list.entries
    }

    /// One cron entry, with its captions.
    public func cron(_ name: String) async throws(ClientError) -> CronView {
        try await ask(request(.GET, Routes.cron(name)))
    }

    /// Adds a cron entry or replaces the one of its name.
    public func putCron(_ name: String, _ body: CronBody) async throws(ClientError) -> CronView {
        var request = request(.PUT, Routes.cron(name))
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try encoded(body)))
        return try await ask(request)
    }

    /// Removes a cron entry; the batches that it made stay.
    ///
    /// - Returns: The entry as it was.
    @discardableResult
    public func removeCron(_ name: String) async throws(ClientError) -> CronView {
        try await ask(request(.DELETE, Routes.cron(name)))
    }

    /// Keeps a cron entry from firing.
    public func pauseCron(_ name: String) async throws(ClientError) -> CronView {
        try await ask(request(.POST, Routes.pauseCron(name)))
    }

    /// Lets a paused cron entry fire again.
    public func resumeCron(_ name: String) async throws(ClientError) -> CronView {
        try await ask(request(.POST, Routes.resumeCron(name)))
    }

    /// Fires a cron entry now, paused or not; its next time stays.
    ///
    /// - Parameters:
    ///   - name: The entry.
    ///   - idempotencyKey: Makes the request safe to repeat: the same key gives the same batch.
    public func fireCron(_ name: String, idempotencyKey: String) async throws(ClientError) -> BatchView {
        var request = request(.POST, Routes.fireCron(name))
        request.headers.add(name: Routes.idempotencyKeyHeader, value: idempotencyKey)
        return try await ask(request)
    }
}
