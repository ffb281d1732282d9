import HTTPTypes
import Hummingbird
import NIOCore

/// Keeps web pages of others away where nobody has to say who they are.
///
/// A browser on this machine reaches the coordinator for whatever page it shows: a form or a script of any site may
/// send it requests without asking first, and a site whose name begins to mean this machine ("DNS rebinding") may read
/// the answers too. With keys neither does harm, for a page of others has none. Without them, the headers that only
/// browsers set, and set truly, tell such requests from those of programs, which may say what they like anyway.
struct SiteMiddleware: RouterMiddleware {
    /// The name or address that is listened on.
    let listening: String

    func handle(
        _ request: Request, context: AccessContext, next: (Request, AccessContext) async throws -> Response
    ) async throws -> Response {
        let authority = request.head.authority
        if let authority, !isOwn(authority) { throw Problems.strangeHost(authority) }
        if let origin = request.headers[.origin], !Self.isSame(origin, authority) {
            throw Problems.crossSite(origin)
        }
        if request.headers[.secFetchSite]?.lowercased() == "cross-site" { throw Problems.crossSite(nil) }
        return try await next(request, context)
    }

    /// Whether no one else can have a name that leads here: it is an address, or a name that is ours.
    func isOwn(_ authority: String) -> Bool {
        var host = authority.lowercased()[...]
        if let colon = host.lastIndex(of: ":"), host[colon...].dropFirst().allSatisfy(\.isNumber) {
            host = host[..<colon]
        }
        // An IPv6 address stands in brackets, and may name an interface.
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast().prefix { $0 != "%" } }
        if host == "localhost" || host == listening.lowercased() { return true }
        return (try? SocketAddress(ipAddress: String(host), port: 0)) != nil
    }

    /// Whether a page comes from the address that it speaks to; ours are never encrypted.
    private static func isSame(_ origin: String, _ authority: String?) -> Bool {
        guard let authority else { return false }
        return withoutPort80(origin.lowercased()) == withoutPort80("http://" + authority.lowercased())
    }

    /// Browsers leave the usual port away, others may write it; an IPv6 address ends with a bracket.
    private static func withoutPort80(_ origin: String) -> String {
        origin.hasSuffix(":80") ? String(origin.dropLast(3)) : origin
    }
}

extension HTTPField.Name {
    // A literal of plain letters and hyphens, which every field name may have.
    // swift-format-ignore: NeverForceUnwrap
    fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
