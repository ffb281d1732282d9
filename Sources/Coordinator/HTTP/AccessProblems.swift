import JobAPI
import JobStore
import Jobs

extension Problems {
    /// One answer for every key that does not count: which it is, is nobody's business.
    static func unauthorized() -> ProblemDetails {
        ProblemDetails(
            status: 401, code: .unauthorized, title: "A valid API key is needed",
            detail: "The request has no API key, or one that is unknown, revoked or has expired. Send one as "
                + "“Authorization: Bearer tedi_…”; the tedi command takes it from TEDI_API_KEY or --api-key-file.")
    }

    /// The key counts, but not for this.
    static func denied(_ access: RouteAccess) -> ProblemDetails {
        let scope = if case .anyOf(let scopes) = access, let first = scopes.first { first } else { Scope.admin }
        return ProblemDetails(
            status: 403, code: .denied, title: "The API key does not allow this",
            detail: "The API key lacks the scope “\(scope.rawValue)”. Ask an administrator for a key that has it.")
    }

    /// A page of another site asks, where no key tells its requests from those of people.
    /// - Parameter origin: Where the page comes from, if that is known.
    static func crossSite(_ origin: String?) -> ProblemDetails {
        ProblemDetails(
            status: 403, code: .crossSite, title: "The request comes from a page of another site",
            detail: "This coordinator asks for no API keys, so it does nothing for web pages that others serve"
                + "\(origin.map { " (\(readable($0)))" } ?? ""). Use the tedi command, or run the coordinator with "
                + "TEDI_AUTH=on and give the page's server a key.")
    }

    /// The name that is asked for may be anybody's.
    static func strangeHost(_ host: String) -> ProblemDetails {
        ProblemDetails(
            status: 403, code: .crossSite, title: "The coordinator is called by a name that it does not know",
            detail: "This coordinator asks for no API keys, so it answers only where it is called by an IP address, "
                + "localhost or the name that it listens on, not by “\(readable(host))”. Use one of them, put the "
                + "name into TEDI_LISTEN, or run the coordinator with TEDI_AUTH=on.")
    }

    /// An administrator's selection goes further than it may have been meant to.
    static func severalTenants(_ names: [String]) -> ProblemDetails {
        let named = names.prefix(5).map { "“\(readable($0))”" }.joined(separator: ", ")
        return ProblemDetails(
            status: 409, code: .severalTenants, title: "The dead letters belong to several tenants",
            detail: "They belong to \(names.count) tenants: \(named)\(names.count > 5 ? ", …" : ""). Name one with "
                + "“?tenant=NAME” (--tenant), or say that all are meant with “all_tenants”: true (--all-tenants).")
    }

    /// A key or tenant cannot be made as was asked.
    static func badAccess(_ detail: String) -> ProblemDetails {
        ProblemDetails(status: 422, code: .badAccess, title: "The key or tenant is not valid", detail: detail)
    }

    /// Does something whose values came from outside: one that the store refuses is the caller's mistake.
    static func refusing<Value: Sendable>(
        _ body: @Sendable () async throws(StoreError) -> Value
    ) async throws -> Value {
        do throws(StoreError) {
            return try await body()
        } catch {
            guard error.reason == .invalidValue else { throw error }
            throw badAccess(error.message.prefix(1).uppercased() + error.message.dropFirst() + ".")
        }
    }
}
