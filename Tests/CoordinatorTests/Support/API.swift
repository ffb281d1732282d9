import AsyncHTTPClient
import Foundation
import JobAPI
import NIOCore
import NIOHTTP1

/// A bare HTTP client, so that tests see statuses, headers and bytes as they are.
struct API: Sendable {
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: Data

        /// The body, read; fails with all of it where it is something else, such as the reason of a refusal.
        func read<Body: Decodable>(_ type: Body.Type) throws -> Body {
            do {
                return try WireFormat.decode(type, from: body)
            } catch {
                throw Unreadable(description: "\(status): \(String(decoding: body, as: UTF8.self)): \(error)")
            }
        }

        private struct Unreadable: Error, CustomStringConvertible {
            let description: String
        }

        var problem: ProblemDetails { get throws { try read(ProblemDetails.self) } }
    }

    let base: String
    /// Secret of the API key that is sent, if any.
    var key: String?

    /// The same with a key.
    func with(_ key: String) -> API { API(base: base, key: key) }

    func send(
        _ method: String, _ path: String, body: HTTPClientRequest.Body? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = .RAW(value: method)
        request.body = body
        if let key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(response.status.code), headers: Dictionary(pairs) { first, _ in first },
            body: Data(bytes.readableBytesView))
    }

    func get<Body: Decodable>(_ path: String, as type: Body.Type) async throws -> Body {
        try await send("GET", path).read(type)
    }

    func post(_ path: String, json: String, headers: [String: String] = [:]) async throws -> Answer {
        let headers = headers.merging(["content-type": "application/json"]) { $1 }
        return try await send("POST", path, body: .bytes(ByteBuffer(string: json)), headers: headers)
    }

    func upload(_ lines: some Sequence<UInt8>, to batch: Int64, from line: Int = 0) async throws -> Answer {
        try await send(
            "PUT", Routes.items(of: batch, from: line), body: .bytes(ByteBuffer(bytes: lines)),
            headers: ["content-type": Routes.itemsContentType])
    }

    // MARK: Steps of many tests

    func createBatch(samples: Int = 1, name: String = "test") async throws -> BatchView {
        let answer = try await post(
            Routes.batches, json: #"{"name": "\#(name)", "model": "demo", "samples": \#(samples), "seed": 7}"#)
        return try answer.read(BatchView.self)
    }

    /// Creates a batch of so many captions and seals it.
    func submit(_ count: Int, samples: Int = 1, name: String = "test") async throws -> BatchView {
        let batch = try await createBatch(samples: samples, name: name)
        _ = try await upload(Self.lines(count), to: batch.id).read(UploadReceipt.self)
        return try await send("POST", Routes.seal(batch.id)).read(BatchView.self)
    }

    func batch(_ id: Int64) async throws -> BatchView { try await get(Routes.batch(id), as: BatchView.self) }

    static func lines(_ range: Range<Int>) -> [UInt8] {
        Array(
            range.map { "{\"caption\": \"a man with beard number \($0)\", \"custom_id\": \"c\($0)\"}\n" }.joined().utf8)
    }

    static func lines(_ count: Int) -> [UInt8] { lines(0..<count) }
}
