import HTTPTypes
import Hummingbird

/// Refuses bodies that are packed: read as lines they would be nonsense, and unpacked a few bytes may be gigabytes.
struct EncodingMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if let encoding = request.headers[.contentEncoding]?.lowercased(), encoding != "identity", !encoding.isEmpty {
            throw Problems.unsupportedEncoding(encoding)
        }
        return try await next(request, context)
    }
}
