import AsyncHTTPClient
public import JobAPI
import NIOCore
import NIOHTTP1

/// What a worker says to the coordinator where there is no Redis between them.
extension TediClient {
    /// Announces a worker and its models.
    public func register(_ body: RegisterBody) async throws(ClientError) {
        _ = try await repeated(try posting(body, to: Routes.registerWorker))
    }

    /// Every lane.
    public func lanes() async throws(ClientError) -> [LaneView] {
        let list: LaneList = try await ask(request(.GET, Routes.lanes))
        return list.lanes
    }

    /// Claims jobs.
    public func claim(_ body: ClaimBody) async throws(ClientError) -> [ClaimedJobView] {
        let answer: ClaimAnswer = try await ask(try posting(body, to: Routes.claim))
        return answer.jobs
    }

    /// Waits until there may be something to claim; false where the time ran out.
    public func waitForWork(_ body: ClaimBody) async throws(ClientError) -> Bool {
        let answer: WaitAnswer = try await ask(try posting(body, to: Routes.waitForWork))
        return answer.work
    }

    /// Renews leases.
    public func beat(_ body: BeatBody) async throws(ClientError) -> BeatAnswerBody {
        try await ask(try posting(body, to: Routes.beat))
    }

    /// Reports facts; for each: false where the lease was not the worker's any more.
    public func report(_ body: FactsBody) async throws(ClientError) -> [Bool] {
        let answer: FactsAnswer = try await ask(try posting(body, to: Routes.facts))
        return answer.accepted
    }

    /// A request with a JSON body.
    func posting(_ body: some Encodable, to path: String) throws(ClientError) -> HTTPClientRequest {
        var request = request(.POST, path)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try encoded(body)))
        return request
    }
}
