import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import NIOCore

/// Responses with a body of ours.
enum Answers {
    /// A JSON body.
    static func json(
        _ body: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        try bytes(WireFormat.encode(body), type: "application/json", status: status, headers: headers)
    }

    /// A Problem Details body.
    static func problem(_ problem: ProblemDetails) -> Response {
        var headers: HTTPFields = [:]
        switch problem.status {
        case 503: headers[.retryAfter] = "1"
        // Room comes as jobs end, which takes a while.
        case 429: headers[.retryAfter] = "5"
        case 401: headers[.wwwAuthenticate] = "Bearer realm=\"tedi\""
        default: break
        }
        // Strings and numbers always encode; were it otherwise, the status alone still tells.
        let body = (try? WireFormat.encode(problem)) ?? Data()
        return bytes(
            body, type: Routes.problemContentType, status: HTTPResponse.Status(code: problem.status), headers: headers)
    }

    /// Bytes of a content type.
    static func bytes(
        _ body: some Sequence<UInt8>, type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Request {
    /// Reads a small JSON body; every mistake in it becomes a Problem that names the field.
    mutating func decode<Body: Decodable>(
        _ type: Body.Type, upTo limit: Int = Limits.maximumBodyBytes
    ) async throws -> Body {
        let buffer: ByteBuffer
        do {
            buffer = try await collectBody(upTo: limit)
        } catch let error where Self.isTooLarge(error) {
            throw Problems.bodyTooLarge(limit: limit)
        }
        let body: Body
        do {
            body = try WireFormat.decode(type, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError {
            throw Problems.malformedBody(Self.explain(error))
        }
        if let key = RepeatedKey.first(in: buffer.readableBytesView) {
            throw Problems.malformedBody("The field \"\(Problems.readable(key))\" is there twice.")
        }
        return body
    }

    private static func isTooLarge(_ error: any Error) -> Bool {
        error is NIOTooManyBytesError || (error as? HTTPError)?.status == .contentTooLarge
    }

    private static func explain(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "The field \"\(key.stringValue)\" is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "The field \"\(path(context))\" has the wrong type."
        case .dataCorrupted(let context) where context.codingPath.isEmpty: "The body is not valid JSON."
        case .dataCorrupted(let context):
            "The field \"\(path(context))\" is not valid: \(context.debugDescription)."
        @unknown default: "The body is not valid."
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        Problems.readable(context.codingPath.map(\.stringValue).joined(separator: "."))
    }
}

extension Request {
    /// A number in the path, such as the id of a batch.
    func id(_ name: String, in context: some RequestContext) throws -> Int64 {
        guard let text = context.parameters.get(name), let id = Int64(text), id > 0 else {
            throw Problems.badParameter("The id in the path has to be a positive whole number.")
        }
        return id
    }

    /// A number in the query within a range, or a default where it is absent.
    func number(_ name: Substring, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text = uri.queryParameters[name] else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw Problems.badParameter(
                "\"\(name)\" has to be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
