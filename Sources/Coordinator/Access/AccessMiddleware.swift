import HTTPTypes
import Hummingbird
import JobStore

/// Finds out who makes a request and whether they may; nothing passes to a route that they may not use.
///
/// `?tenant=NAME` lets an administrator act for a tenant: see and make what is theirs, and nothing else.
struct AccessMiddleware: RouterMiddleware {
    let store: JobStore
    /// Knows the keys; `nil` where everybody may do everything.
    let keys: KeyRing?

    func handle(
        _ request: Request, context: AccessContext, next: (Request, AccessContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        // A path that no route has is answered with 404, whoever asks.
        guard let path = context.endpointPath else { return try await next(request, context) }
        let access = RouteAccess.of(request.method, path)
        guard access != .open else { return try await next(request, context) }
        var principal = try await holder(request)
        guard access.admits(principal.scopes) else { throw Problems.denied(access) }
        if let name = request.uri.queryParameters["tenant"] {
            principal = try await acting(principal, for: String(name))
        }
        context.principal = principal
        return try await next(request, context)
    }

    private func holder(_ request: Request) async throws -> Principal {
        guard let keys else { return .everybody }
        guard let header = request.headers[.authorization], let secret = Self.secret(in: header) else {
            throw Problems.unauthorized()
        }
        guard let principal = try await keys.holder(of: secret) else { throw Problems.unauthorized() }
        return principal
    }

    private static func secret(in header: String) -> ApiKeySecret? {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return ApiKeySecret(words[1])
    }

    private func acting(_ principal: Principal, for name: String) async throws -> Principal {
        guard principal.isAdmin else {
            throw Problems.badParameter("Only an administrator may act for another tenant: leave \"tenant\" away.")
        }
        var principal = principal
        principal.tenant = try await store.tenant(named: name).id
        principal.sees = principal.tenant
        return principal
    }
}
