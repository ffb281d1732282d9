import Foundation
import Testing

extension Abuse {
    @Suite("Slow clients", .timeLimit(.minutes(5)))
    struct SlowClientTests {
        private static let impatient = ["TEDI_HTTP_HEAD_SECONDS": "1", "TEDI_HTTP_PATIENCE_SECONDS": "1"]

        @Test("A head that comes byte by byte is cut off with 408")
        func slowHeads() async throws {
            try await CoordinatorProgram.with(Self.impatient) { program in
                let report = try await NormalClient.beside(program) {
                    let answers = try await Self.all(50) {
                        let connection = try RawConnection(port: program.port)
                        for byte in "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".utf8 {
                            guard connection.send([byte]), !connection.isClosed else { break }
                            Thread.sleep(forTimeInterval: 0.05)
                        }
                        return connection.receiveAll()
                    }
                    for answer in answers {
                        let text = try #require(answer, "a slow client was never cut off")
                        #expect(text.hasPrefix("HTTP/1.1 408"), "\(text)")
                        #expect(text.contains("request_too_slow"))
                    }
                }
                tell("50 slow heads: \(report)")
            }
        }

        @Test("A body that comes byte by byte is cut off with 408, of an upload as of a batch; a steady one is not")
        func slowBodies() async throws {
            try await CoordinatorProgram.with(Self.impatient) { program in
                let batch = try await program.createBatch()
                let heads = [
                    CoordinatorProgram.upload(to: batch, "Content-Length: 1000000"),
                    CoordinatorProgram.upload(to: batch, "Transfer-Encoding: chunked"),
                    "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n",
                ]
                let report = try await NormalClient.beside(program) {
                    let answers = try await Self.all(30) { index in
                        let connection = try RawConnection(port: program.port)
                        connection.send(heads[index % heads.count])
                        for _ in 0..<200 {
                            // Of a chunk, a head that never ends: no byte of it is a byte of the body.
                            guard connection.send("1"), !connection.isClosed else { break }
                            Thread.sleep(forTimeInterval: 0.05)
                        }
                        return connection.receiveAll()
                    }
                    for answer in answers {
                        let text = try #require(answer, "a slow client was never cut off")
                        #expect(text.hasPrefix("HTTP/1.1 408") || text.hasPrefix("HTTP/1.1 400"), "\(text)")
                        #expect(text.contains("application/problem+json"))
                    }
                }
                tell("30 slow bodies: \(report)")
                // 3 s at 4 KiB/s: slower than the patience is long, faster than the slowest pace.
                let line = #"{"caption": "a man with a beard"}"# + String(repeating: " ", count: 430) + "\n"
                let answer = try await onThread {
                    let connection = try RawConnection(port: program.port)
                    connection.send(CoordinatorProgram.upload(to: batch, "Content-Length: \(line.utf8.count * 30)"))
                    for _ in 0..<30 {
                        connection.send(line)
                        Thread.sleep(forTimeInterval: 0.1)
                    }
                    return connection.receive().map { String(decoding: $0, as: UTF8.self) }
                }
                #expect(answer?.hasPrefix("HTTP/1.1 200") == true, "\(answer ?? "")")
                #expect(answer?.contains("\"received\":30") == true, "\(answer ?? "")")
            }
        }

        @Test("Connections that never send a byte are closed")
        func silent() async throws {
            try await CoordinatorProgram.with(Self.impatient) { program in
                let connections = try await onThread {
                    try (0..<100).map { _ in try RawConnection(port: program.port) }
                }
                try await eventually("silent connections are closed") { connections.allSatisfy { $0.isFinished } }
            }
        }

        /// Runs many clients at once, each on a thread, and gives what they heard.
        private static func all(
            _ count: Int, _ body: @escaping @Sendable (_ index: Int) throws -> String?
        ) async throws -> [String?] {
            try await withThrowingTaskGroup(of: String?.self) { group in
                for index in 0..<count { group.addTask { try await onThread { try body(index) } } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }

        private static func all(_ count: Int, _ body: @escaping @Sendable () throws -> String?) async throws
            -> [String?]
        {
            try await all(count) { _ in try body() }
        }
    }
}
