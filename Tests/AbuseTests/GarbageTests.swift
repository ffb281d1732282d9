import Foundation
import JobAPI
import Testing

extension Abuse {
    @Suite("Requests that are none", .timeLimit(.minutes(5)))
    struct GarbageTests {
        @Test("Garbage, huge heads and absurd sizes are answered with a 4xx and Problem Details")
        func malformed() async throws {
            let long = String(repeating: "a", count: 1 << 20)
            let many = (0..<1_000).map { "X-\($0): y\r\n" }.joined()
            let wide = (0..<90).map { "X-\($0): \(String(repeating: "z", count: 1_000))\r\n" }.joined()
            let close = "Host: localhost\r\nConnection: close\r\n"
            let cases: [(name: String, bytes: [UInt8], status: ClosedRange<Int>)] = [
                ("noise", Array("\u{16}\u{3}\u{1} no request at all\r\n\r\n".utf8), 400...400),
                ("a request line of 1 MB", Array("GET /\(long) HTTP/1.1\r\n\(close)\r\n".utf8), 431...431),
                ("a header of 1 MB", Array("GET /v1/status HTTP/1.1\r\nX: \(long)\r\n\(close)\r\n".utf8), 431...431),
                (
                    "a header name of 1 MB", Array("GET /v1/status HTTP/1.1\r\n\(long): x\r\n\(close)\r\n".utf8),
                    431...431
                ),
                ("1,000 headers", Array("GET /v1/status HTTP/1.1\r\n\(many)\(close)\r\n".utf8), 431...431),
                ("90 kB of headers", Array("GET /v1/status HTTP/1.1\r\n\(wide)\(close)\r\n".utf8), 431...431),
                (
                    "a negative length",
                    Array("POST /v1/batches HTTP/1.1\r\n\(close)Content-Length: -1\r\n\r\n{}".utf8), 400...400
                ),
                (
                    "a length of 26 digits",
                    Array(
                        "POST /v1/batches HTTP/1.1\r\n\(close)Content-Length: 99999999999999999999999999\r\n\r\n{}".utf8
                    ),
                    400...400
                ),
                (
                    "a length and chunks",
                    Array(
                        "POST /v1/batches HTTP/1.1\r\n\(close)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                            .utf8), 400...400
                ),
                (
                    "a chunk of 2^68 bytes",
                    Array(
                        "POST /v1/batches HTTP/1.1\r\n\(close)Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx"
                            .utf8),
                    400...400
                ),
                (
                    "a chunk of no size",
                    Array("PUT /v1/batches/1/items HTTP/1.1\r\n\(close)Transfer-Encoding: chunked\r\n\r\nzz\r\nx".utf8),
                    400...404
                ),
                ("HTTP/9.9", Array("GET /v1/status HTTP/9.9\r\n\(close)\r\n".utf8), 400...400),
                ("a method that is none", Array("STEAL /v1/status HTTP/1.1\r\n\(close)\r\n".utf8), 400...400),
                ("a path with NUL", Array("GET /v1/\0 HTTP/1.1\r\n\(close)\r\n".utf8), 400...404),
                ("a path that climbs", Array("GET /../../etc/passwd HTTP/1.1\r\n\(close)\r\n".utf8), 400...404),
                (
                    "broken percent signs", Array("GET /v1/batches/%zz?limit=%f HTTP/1.1\r\n\(close)\r\n".utf8),
                    400...404
                ),
                (
                    "a query that is none",
                    Array("GET /v1/batches?limit=%00&cursor=b%zz HTTP/1.1\r\n\(close)\r\n".utf8), 400...400
                ),
            ]
            try await CoordinatorProgram.with { program in
                for (name, bytes, status) in cases {
                    let answer = try await onThread { [port = program.port] in
                        let connection = try RawConnection(port: port, timeout: 20)
                        connection.send(bytes)
                        return connection.receiveAll()
                    }
                    let text = try #require(answer, "\(name): no end of the connection")
                    let code = Int(text.dropFirst(9).prefix(3)) ?? 0
                    #expect(status.contains(code), "\(name): \(text.prefix(300))")
                    #expect(text.contains("application/problem+json"), "\(name): \(text.prefix(300))")
                }
                #expect(try program.memory().peak < 600 << 10)
            }
        }

        @Test("A chunk of 2^63 bytes is taken as it comes, up to the limit of the route")
        func endlessChunk() async throws {
            try await CoordinatorProgram.with { program in
                let answer = try await onThread { [port = program.port] in
                    let connection = try RawConnection(port: port)
                    connection.send(
                        "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"
                    )
                    while connection.send([UInt8](repeating: 0x20, count: 64 << 10)), !connection.isClosed {
                        if let piece = connection.receiveIfThere() { return piece }
                    }
                    return connection.receive() ?? []
                }
                #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 413"))
            }
        }

        @Test("A file that is somewhat too large is refused after its end, so that who sends it hears why")
        func largeFile() async throws {
            // A piece more than the limit of a file.
            let (piece, pieces) = ([UInt8](repeating: 0, count: 1 << 20), (Limits.maximumArtifactBytes >> 20) + 1)
            try await CoordinatorProgram.with { program in
                let (early, answer) = try await onThread { [port = program.port] in
                    let connection = try RawConnection(port: port)
                    connection.send(
                        "PUT /v1/artifacts/\(String(repeating: "0", count: 64)) HTTP/1.1\r\nHost: localhost\r\n"
                            + "Content-Length: \(pieces << 20)\r\n\r\n")
                    connection.send(piece)
                    // Time for an answer that comes too early.
                    Thread.sleep(forTimeInterval: 1)
                    let early = connection.receiveIfThere()
                    for _ in 1..<pieces { connection.send(piece) }
                    return (early, connection.receive() ?? [])
                }
                #expect(early == nil)
                #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 413"))
            }
        }

        @Test("Ten thousand pipelined requests without a reader, and garbage behind a good request, hurt nobody")
        func pipelined() async throws {
            try await CoordinatorProgram.with { program in
                let before = try program.memory().resident
                let report = try await NormalClient.beside(program) {
                    try await onThread { [port = program.port] in
                        let greedy = try (0..<20).map { _ in try RawConnection(port: port, timeout: 2) }
                        let requests = String(
                            repeating: "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 10_000)
                        for connection in greedy { connection.send(requests) }
                        // Nobody reads the answers; the coordinator's buffers have time to fill.
                        Thread.sleep(forTimeInterval: 2)
                        let mixed = try RawConnection(port: port)
                        mixed.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n\u{1}\u{2}garbage\r\n\r\n")
                        let answer = mixed.receiveAll() ?? ""
                        #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
                        #expect(answer.contains("HTTP/1.1 400"), "\(answer)")
                    }
                }
                let memory = try program.memory()
                tell("20 x 10,000 pipelined requests: \(report); RSS \(before) -> \(memory.resident) KiB")
                #expect(memory.peak - before < 300 << 10)
            }
        }
    }
}
