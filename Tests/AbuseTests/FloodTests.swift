import Foundation
import Glibc
import Testing

extension Abuse {
    @Suite("Floods", .timeLimit(.minutes(10)))
    struct FloodTests {
        /// This process holds the other ends.
        private static func raiseLimit() -> Int {
            var limits = rlimit()
            let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            getrlimit(kind, &limits)
            limits.rlim_cur = limits.rlim_max
            setrlimit(kind, &limits)
            getrlimit(kind, &limits)
            return Int(min(limits.rlim_cur, 1 << 20))
        }

        @Test("Thousands of idle connections keep nobody waiting, cost little memory, and are closed")
        func idleConnections() async throws {
            let count = min(setting("TEDI_ABUSE_CONNECTIONS", default: 10_000), Self.raiseLimit() - 1_000)
            try await CoordinatorProgram.with(["TEDI_HTTP_HEAD_SECONDS": "15"]) { program in
                let before = try program.memory().resident
                let files = try program.descriptors()
                let start = ContinuousClock.now
                let report = try await NormalClient.beside(program) {
                    let held = try await onThread { [port = program.port] in
                        try (0..<count).map { _ in try RawConnection(port: port) }
                    }
                    // They are to be held, not just taken: what they cost shows once all have been taken.
                    try await Task.sleep(for: .seconds(2))
                    let memory = try program.memory()
                    tell(
                        "\(count) idle connections in \(ContinuousClock.now - start): RSS \(before) -> \(memory.resident) KiB, "
                            + "\((memory.resident - before) * 1_024 / count) bytes each")
                    #expect(memory.resident - before < 1 << 20)
                    try await eventually("idle connections are closed", within: .seconds(120)) {
                        try program.descriptors() <= files + 50
                    }
                    withExtendedLifetime(held) {}
                }
                tell("beside \(count) idle connections: \(report)")
            }
        }

        @Test("A connection beyond the limit is told so with 503, and there is room again once others are gone")
        func limit() async throws {
            try await CoordinatorProgram.with(["TEDI_HTTP_CONNECTIONS": "32"]) { program in
                try await onThread { [port = program.port] in
                    var held: [RawConnection] = []
                    for _ in 0..<32 {
                        let connection = try RawConnection(port: port)
                        connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        _ = connection.receive()
                        held.append(connection)
                    }
                    let refused = try RawConnection.request(
                        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", port: port)
                    #expect(refused.hasPrefix("HTTP/1.1 503"), "\(refused)")
                    #expect(refused.contains("retry-after") && refused.contains("unavailable"), "\(refused)")
                    held.removeAll()
                }
                try await eventually("there is room again") {
                    try await onThread { [port = program.port] in
                        try RawConnection.request(
                            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", port: port
                        ).hasPrefix("HTTP/1.1 200")
                    }
                }
            }
        }

        @Test("Bodies of gigabytes are refused early, as lines, as one line and as a batch; memory stays where it is")
        func hugeBodies() async throws {
            let size = setting("TEDI_ABUSE_BODY_MIB", default: 5_120) << 20
            try await CoordinatorProgram.with { program in
                let batch = try await program.createBatch()
                let before = try program.memory().resident
                let start = ContinuousClock.now
                let blocks: [(name: String, head: String, block: [UInt8])] = [
                    (
                        "one line", CoordinatorProgram.upload(to: batch, "Content-Length: \(size)"),
                        Array(repeating: 0x61, count: 1 << 20)
                    ),
                    (
                        "blank lines", CoordinatorProgram.upload(to: batch, "Content-Length: \(size)"),
                        Array(repeating: 0x0A, count: 1 << 20)
                    ),
                    (
                        "a batch", "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n",
                        Array(repeating: 0x20, count: 1 << 20)
                    ),
                ]
                let report = try await NormalClient.beside(program) {
                    for (name, head, block) in blocks {
                        let (answer, sent) = try await onThread { [port = program.port] in
                            let connection = try RawConnection(port: port)
                            connection.send(head)
                            var sent = 0
                            var answer: [UInt8] = []
                            while sent < size, connection.send(block) {
                                sent += block.count
                                if answer.isEmpty { answer = connection.receiveIfThere() ?? [] }
                            }
                            if answer.isEmpty { answer = connection.receive() ?? [] }
                            return (String(decoding: answer, as: UTF8.self), sent)
                        }
                        #expect(
                            answer.hasPrefix("HTTP/1.1 413") || answer.hasPrefix("HTTP/1.1 422"), "\(name): \(answer)")
                        #expect(sent < size || size < 256 << 20, "\(name) was read to its end")
                        tell("\(name): refused after \(sent >> 20) MiB were sent")
                    }
                }
                let memory = try program.memory()
                tell(
                    "huge bodies refused in \(ContinuousClock.now - start): RSS \(before) -> \(memory.resident), peak "
                        + "\(memory.peak) KiB; \(report)")
                #expect(memory.peak - before < 200 << 10)
            }
        }

        @Test("Right lines of gigabytes stream through with bounded memory, up to the limit of lines")
        func streamed() async throws {
            // The longest lines that a batch takes: 5 GiB are 327,680 of them.
            let size = setting("TEDI_ABUSE_STREAM_MIB", default: 16) << 20
            try await CoordinatorProgram.with { program in
                let batch = try await program.createBatch()
                let text = #"{"caption": "a man with a beard"}"#
                let line = Array((text + String(repeating: " ", count: 16_383 - text.utf8.count) + "\n").utf8)
                let block = Array((0..<64).map { _ in line }.joined())
                let before = try program.memory().resident
                let start = ContinuousClock.now
                let report = try await NormalClient.beside(program) {
                    let answer = try await onThread { [port = program.port] in
                        let connection = try RawConnection(port: port, timeout: 120)
                        connection.send(CoordinatorProgram.upload(to: batch, "Content-Length: \(size)"))
                        for _ in 0..<(size / block.count) { guard connection.send(block) else { break } }
                        return String(decoding: connection.receive() ?? [], as: UTF8.self)
                    }
                    #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
                    #expect(answer.contains("\"received\":\(size / line.count)"), "\(answer)")
                }
                let memory = try program.memory()
                tell(
                    "\(size >> 20) MiB of lines in \(ContinuousClock.now - start): RSS \(before) -> \(memory.resident), peak "
                        + "\(memory.peak) KiB; \(report)")
                #expect(memory.peak - before < 200 << 10)
            }
        }
    }
}
