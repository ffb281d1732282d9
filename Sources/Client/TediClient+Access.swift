import AsyncHTTPClient
public import JobAPI
import NIOCore
import NIOHTTP1

extension TediClient {
    /// Every API key, without secrets.
    public func keys() async throws(ClientError) -> [KeyView] {
        let list: KeyList = try await ask(request(.GET, Routes.keys))
        return list.keys
    }

    /// Makes an API key; never repeated, for each time makes another.
    public func createKey(_ body: CreateKeyBody) async throws(ClientError) -> CreatedKeyView {
        try await retrying(.once).ask(request(.POST, Routes.keys, body))
    }

    /// Takes all force from an API key, within 5 s.
    public func revokeKey(_ id: Int) async throws(ClientError) -> KeyView {
        try await ask(request(.DELETE, Routes.key(id)))
    }

    /// Every tenant.
    public func tenants() async throws(ClientError) -> [TenantView] {
        let list: TenantList = try await ask(request(.GET, Routes.tenants))
        return list.tenants
    }

    /// Makes a tenant.
    public func createTenant(_ name: String, _ body: TenantBody) async throws(ClientError) -> TenantView {
        try await retrying(.once).ask(request(.POST, Routes.tenant(name), body))
    }

    /// Gives a tenant other limits.
    public func setTenant(_ name: String, _ body: TenantBody) async throws(ClientError) -> TenantView {
        try await ask(request(.PUT, Routes.tenant(name), body))
    }

    private func request(
        _ method: HTTPMethod, _ path: String, _ body: some Encodable
    ) throws(ClientError) -> HTTPClientRequest {
        var request = request(method, path)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try encoded(body)))
        return request
    }
}
