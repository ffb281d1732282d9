import Foundation
import Synchronization
import Testing

/// A client as any other, which asks for the status again and again while others misbehave.
final class NormalClient: Sendable {
    private let port: UInt16
    private let isEnding = Mutex(false)
    private let times = Mutex<[Duration]>([])
    private let failures = Mutex<[String]>([])

    private init(port: UInt16) { self.port = port }

    /// What it met with.
    struct Report: Sendable, CustomStringConvertible {
        var answers: Int
        var failures: [String]
        var median: Duration
        var p99: Duration
        var worst: Duration

        var description: String { "\(answers) answers, median \(median), p99 \(p99), worst \(worst)" }
    }

    /// Runs `body` while a client asks for the status every 20 ms, each time over a new connection.
    static func beside(_ program: CoordinatorProgram, _ body: () async throws -> Void) async throws -> Report {
        let client = NormalClient(port: program.port)
        async let asking: Void = onThread { client.ask() }
        do {
            try await body()
        } catch {
            client.isEnding.withLock { $0 = true }
            try await asking
            throw error
        }
        client.isEnding.withLock { $0 = true }
        try await asking
        let times = client.times.withLock { $0.sorted() }
        let failures = client.failures.withLock { $0 }
        #expect(failures.isEmpty, "the normal client: \(failures.prefix(3))")
        let first = try #require(times.first)
        return Report(
            answers: times.count, failures: failures, median: times[times.count / 2],
            p99: times[min(times.count - 1, times.count * 99 / 100)], worst: times.last ?? first)
    }

    private func ask() {
        repeat {
            let start = ContinuousClock.now
            do {
                let answer = try RawConnection.request(
                    "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", port: port, timeout: 60)
                if !answer.hasPrefix("HTTP/1.1 200") { failures.withLock { $0.append(String(answer.prefix(200))) } }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
            times.withLock { $0.append(.now - start) }
            Thread.sleep(forTimeInterval: 0.02)
        } while !isEnding.withLock { $0 }
    }
}
