import AsyncHTTPClient
import Foundation
import JobAPI
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// A complete answer.
struct Answer {
    var status: Int
    var body: Data
    var retryAfter: Duration?
}

extension TediClient {
    /// Longest JSON body that is read: a page of 1,000 jobs with long captions.
    static let bodyLimit = 32 << 20

    func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address + path + acting(in: path))
        request.method = method
        request.headers.add(name: "Accept", value: "application/json, application/problem+json")
        if let apiKey { request.headers.add(name: "Authorization", value: "Bearer \(apiKey.secret)") }
        return request
    }

    /// What is added to a path so that the request acts for the tenant.
    private func acting(in path: String) -> String {
        guard let tenant else { return "" }
        let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        let name = tenant.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
        return (path.contains("?") ? "&" : "?") + "tenant=" + name
    }

    func encoded(_ body: some Encodable) throws(ClientError) -> Data {
        do {
            return try WireFormat.encode(body)
        } catch {
            throw .unexpectedAnswer(address: address, status: 0, detail: "the request cannot be encoded: \(error)")
        }
    }

    /// Sends a request, again where that may help, and reads the typed answer.
    func ask<Body: Decodable>(_ request: HTTPClientRequest) async throws(ClientError) -> Body {
        try read(try await repeated(request))
    }

    func read<Body: Decodable>(_ answer: Answer) throws(ClientError) -> Body {
        do {
            return try WireFormat.decode(Body.self, from: answer.body)
        } catch {
            throw .unexpectedAnswer(
                address: address, status: answer.status, detail: "its body is not what this version of tedi understands"
            )
        }
    }

    /// Sends a request until it is answered with success, is refused for good, or patience ends.
    func repeated(_ request: HTTPClientRequest, limit: Int = bodyLimit) async throws(ClientError) -> Answer {
        var retrying = Retrying(schedule: retries)
        while true {
            var wish: Duration?
            do throws(ClientError) {
                let answer = try await once(request, limit: limit)
                wish = answer.retryAfter
                guard (200..<300).contains(answer.status) else { throw refusal(answer) }
                return answer
            } catch {
                try await retrying.wait(after: error, wish: wish)
            }
        }
    }

    /// Sends a request once and reads the whole answer, whatever its status.
    func once(
        _ request: HTTPClientRequest, limit: Int, timeout: TimeAmount? = nil
    ) async throws(ClientError) -> Answer {
        do {
            let response = try await http.execute(
                request, timeout: timeout ?? TimeAmount(patience))
            var body = try await response.body.collect(upTo: limit)
            let retryAfter = response.headers.first(name: "Retry-After").flatMap(Int.init)
            return Answer(
                status: Int(response.status.code), body: body.readData(length: body.readableBytes) ?? Data(),
                retryAfter: retryAfter.map { .seconds(min(max($0, 0), 30)) })
        } catch {
            throw broken(error)
        }
    }

    /// The error of an answer that is not a success.
    func refusal(_ answer: Answer) -> ClientError {
        guard let problem = try? WireFormat.decode(ProblemDetails.self, from: answer.body) else {
            return unexpected(answer)
        }
        return .problem(problem)
    }

    func unexpected(_ answer: Answer) -> ClientError {
        let text = String(decoding: answer.body.prefix(120), as: UTF8.self)
        let plain = String(text.map { $0.isNewline ? " " : $0 })
        return .unexpectedAnswer(address: address, status: answer.status, detail: plain.isEmpty ? "no body" : plain)
    }

    /// The error of a request that was not answered.
    private func broken(_ error: any Error) -> ClientError {
        if error is CancellationError || Task.isCancelled { return .cancelled }
        let reason =
            switch error {
            case let error as HTTPClientError where error == .connectTimeout: "the connection is not accepted"
            case let error as HTTPClientError where error == .remoteConnectionClosed: "the connection was closed"
            case let error as HTTPClientError where error == .readTimeout || error == .deadlineExceeded:
                "it does not answer in time"
            case let error as HTTPClientError: error.shortDescription
            default: Self.plainReason(String(describing: error))
            }
        return .unreachable(address: address, reason: reason)
    }

    /// NIO's errors list every address tried and every error number; people want one word for it.
    static func plainReason(_ text: String) -> String {
        if text.contains("errno: 111") || text.contains("Connection refused") { return "connection refused" }
        if text.contains("errno: 104") || text.contains("errno: 32") { return "the connection was closed" }
        if text.contains("DNS error") { return "the name of the machine is unknown" }
        return String(text.prefix(200))
    }
}

/// Counts the failures of one request and pauses between its attempts.
struct Retrying {
    let schedule: RetrySchedule
    private var failures = 0
    private var firstFailure: ContinuousClock.Instant?

    init(schedule: RetrySchedule) {
        self.schedule = schedule
    }

    /// Forgets the failures: the work got further.
    mutating func reset() {
        failures = 0
        firstFailure = nil
    }

    /// Pauses before the next attempt, or throws the error when there is to be none.
    mutating func wait(after error: ClientError, wish: Duration? = nil) async throws(ClientError) {
        guard error.isPassing else { throw error }
        let now = ContinuousClock.now
        let first = firstFailure ?? now
        firstFailure = first
        failures += 1
        let chance = Double.random(in: 0...1)
        guard let pause = schedule.pause(afterFailures: failures, elapsed: now - first, chance: chance) else {
            throw error
        }
        do {
            try await Task.sleep(for: max(pause, wish ?? .zero))
        } catch {
            throw .cancelled
        }
    }
}
