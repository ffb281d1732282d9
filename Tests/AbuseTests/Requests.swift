import Foundation
import Testing

extension CoordinatorProgram {
    /// Creates a batch and gives its id.
    func createBatch() async throws -> Int64 {
        let body = #"{"name": "abuse", "model": "demo"}"#
        let answer = try await onThread { [port] in
            try RawConnection.request(
                "POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)", port: port)
        }
        #expect(answer.hasPrefix("HTTP/1.1 201"), "\(answer)")
        let digits = try #require(answer.firstRange(of: "\"id\":")).upperBound
        return try #require(Int64(answer[digits...].prefix { $0.isNumber }))
    }

    /// The head of an item upload.
    static func upload(to batch: Int64, _ framing: String) -> String {
        "PUT /v1/batches/\(batch)/items?from=0 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
            + "\(framing)\r\n\r\n"
    }
}

/// A number from the environment, where the full size of a test is asked for.
func setting(_ name: String, default fallback: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
}

/// Tells a figure of a test.
func tell(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data("figures: \(text)\n".utf8))
}
