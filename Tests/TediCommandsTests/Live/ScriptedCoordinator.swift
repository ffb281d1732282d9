import Foundation
import Glibc
import JobAPI
import Synchronization

/// A coordinator that answers as a test wants it to: HTTP/1.1 over real sockets, one request per connection.
final class ScriptedCoordinator: Sendable {
    /// What a client gets.
    enum Reply {
        case answer(Int, Data)
        /// The connection is closed without a word.
        case hangUp
        /// The connection stays open, and nothing comes.
        case silence
    }

    /// Address for `--api`.
    let address: String
    private let listener: LoopbackListener
    private let reply: @Sendable (String) -> Reply
    private let log = Mutex<[String]>([])

    /// The requests so far, such as `POST /v1/batches/7/seal`.
    var requests: [String] { log.withLock { $0 } }

    /// Listens until it is closed.
    ///
    /// - Parameter reply: The answer to a request of the form `POST /v1/batches/7/seal`.
    init(_ reply: @escaping @Sendable (String) -> Reply) throws {
        listener = try LoopbackListener()
        address = "http://127.0.0.1:\(listener.port)"
        self.reply = reply
        listener.accept { client in Thread.detachNewThread { [self] in serve(client) } }
    }

    func close() { listener.close() }

    private func serve(_ client: CInt) {
        guard let request = Self.readRequest(from: client) else {
            Glibc.close(client)
            return
        }
        log.withLock { $0.append(request) }
        switch reply(request) {
        case .hangUp: break
        case .silence:
            // Until the client has had enough.
            var byte: UInt8 = 0
            while read(client, &byte, 1) > 0 {}
        case .answer(let status, let body):
            let head =
                "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n"
                + "Connection: close\r\n\r\n"
            let bytes = Array(head.utf8) + body
            _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
        Glibc.close(client)
    }

    /// Reads a whole request; gives its method and path.
    private static func readRequest(from client: CInt) -> String? {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var end: Int?
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if end == nil, let range = text.range(of: "\r\n\r\n") {
                let length = text.lowercased().range(of: "content-length: ").flatMap { found in
                    Int(text[found.upperBound...].prefix { $0.isNumber })
                }
                end = text.utf8.distance(from: text.startIndex, to: range.upperBound) + (length ?? 0)
            }
            if let end, received.count >= end {
                let words = text.prefix { !$0.isNewline }.split(separator: " ")
                guard words.count == 3 else { return nil }
                return "\(words[0]) \(words[1])"
            }
            let count = read(client, &buffer, buffer.count)
            guard count > 0 else { return nil }
            received += buffer.prefix(count)
        }
    }
}

extension ScriptedCoordinator.Reply {
    /// A body as JSON.
    static func json(status: Int = 200, _ body: some Encodable) -> Self {
        (try? WireFormat.encode(body)).map { .answer(status, $0) } ?? .hangUp
    }

    /// A refusal.
    static func problem(_ status: Int, _ code: ProblemCode, errors: [ProblemDetails.ItemError] = []) -> Self {
        json(
            status: status,
            ProblemDetails(
                status: status, code: code, title: "Refused",
                detail: "The batch keeps its first 95 lines: go on from there.", errors: errors))
    }

    /// Batch 7 with two lines.
    static func batch(_ state: BatchStatus, counts: Counts = Counts(queued: 2)) -> Self {
        json(
            BatchView(
                id: 7, name: "faces", model: "m", samples: 1, seed: 0, priority: 0, truncation: nil, state: state,
                items: 2, counts: counts, createdAt: Date(timeIntervalSince1970: 0)))
    }
}
