import HTTPTypes
import Jobs

/// What a route asks of whoever calls it.
enum RouteAccess: Sendable, Equatable {
    /// Nothing.
    case open
    /// One of these scopes; the first is named to those who have none of them.
    case anyOf([Scope])

    /// Whether the holder of these scopes may pass.
    func admits(_ scopes: Set<Scope>) -> Bool {
        switch self {
        case .open: true
        case .anyOf(let wanted): wanted.contains(where: scopes.contains)
        }
    }
}

extension RouteAccess {
    /// Looking at one's own batches.
    private static let own = RouteAccess.anyOf([.read, .submit])
    /// Calling off or on what one has made.
    private static let change = RouteAccess.anyOf([.operate, .submit])

    /// Every route and what it asks for.
    ///
    /// A route that is missing here is for administrators only.
    static let table: [String: RouteAccess] = [
        "GET /healthz": .open,
        "GET /readyz": .open,

        "POST /v1/batches": .anyOf([.submit]),
        "PUT /v1/batches/{id}/items": .anyOf([.submit]),
        "POST /v1/batches/{id}/seal": .anyOf([.submit]),
        "DELETE /v1/batches/{id}": .anyOf([.submit]),
        "GET /v1/batches": own,
        "GET /v1/batches/{id}": own,
        "GET /v1/batches/{id}/jobs": own,
        "GET /v1/jobs/{id}": own,
        "GET /v1/jobs/{id}/manifest": own,
        "POST /v1/batches/{id}/cancel": change,
        "POST /v1/jobs/{id}/cancel": change,
        "POST /v1/batches/{id}/pause": .anyOf([.operate]),
        "POST /v1/batches/{id}/resume": .anyOf([.operate]),
        "POST /v1/batches/{id}/priority": .anyOf([.operate]),
        "POST /v1/batches/{id}/retry-failed": .anyOf([.operate]),

        "GET /v1/dead": own,
        "POST /v1/dead/requeue": .anyOf([.operate]),
        "POST /v1/dead/purge": .anyOf([.operate]),

        "GET /v1/cron": own,
        "GET /v1/cron/{name}": own,
        "PUT /v1/cron/{name}": .anyOf([.submit]),
        "DELETE /v1/cron/{name}": .anyOf([.submit]),
        "POST /v1/cron/{name}/fire": .anyOf([.submit]),
        "POST /v1/cron/{name}/pause": change,
        "POST /v1/cron/{name}/resume": change,

        "GET /v1/artifacts/{digest}": .anyOf([.read, .submit, .worker]),
        "HEAD /v1/artifacts/{digest}": .anyOf([.read, .submit, .worker]),
        "PUT /v1/artifacts/{digest}": .anyOf([.submit]),
        "DELETE /v1/artifacts/{digest}": .anyOf([.submit]),
        "POST /v1/estimate": .anyOf([.submit, .read]),

        "GET /v1/models": own,
        "GET /v1/status": own,
        "GET /metrics": .anyOf([.read]),
        "GET /v1/workers": .anyOf([.read]),
        "GET /v1/workers/{name}": .anyOf([.read]),
        // Workers serve all tenants.
        "POST /v1/workers/{name}/drain": .anyOf([.admin]),
        "POST /v1/workers/{name}/quiet": .anyOf([.admin]),
        "POST /v1/workers/{name}/work": .anyOf([.admin]),

        "POST /v1/worker/register": .anyOf([.worker]),
        "GET /v1/worker/lanes": .anyOf([.worker]),
        "POST /v1/worker/claim": .anyOf([.worker]),
        "POST /v1/worker/wait": .anyOf([.worker]),
        "POST /v1/worker/beat": .anyOf([.worker]),
        "POST /v1/worker/facts": .anyOf([.worker]),

        "GET /v1/keys": .anyOf([.admin]),
        "POST /v1/keys": .anyOf([.admin]),
        "DELETE /v1/keys/{id}": .anyOf([.admin]),
        "GET /v1/tenants": .anyOf([.admin]),
        "PUT /v1/tenants/{name}": .anyOf([.admin]),
        "POST /v1/tenants/{name}": .anyOf([.admin]),
    ]

    /// What a route asks for.
    static func of(_ method: HTTPRequest.Method, _ path: String) -> RouteAccess {
        table["\(method.rawValue) \(path)"] ?? .anyOf([.admin])
    }
}
