import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs

/// The routes of API keys: make one, list them, revoke one.
struct KeyRoutes {
    let store: JobStore

    func add(to router: Router<AccessContext>) {
        router.get("/v1/keys") { _, _ in
            try await Answers.json(KeyList(keys: store.keys().map { KeyView($0) }))
        }
        router.post("/v1/keys") { request, _ in try await create(request) }
        router.delete("/v1/keys/:id") { request, context in
            let id = try request.id("id", in: context)
            return try await Answers.json(KeyView(store.revokeKey(Int32(clamping: id))))
        }
    }

    private func create(_ request: Request) async throws -> Response {
        var request = request
        let body = try await request.decode(CreateKeyBody.self)
        let scopes = try body.scopes.map { text in
            guard let scope = Scope(rawValue: text) else {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problems.badAccess("“\(Problems.readable(text))” is no scope; there are \(known).")
            }
            return scope
        }
        let created = try await Problems.refusing { () async throws(StoreError) in
            try await store.createKey(
                name: body.name, tenant: body.tenant, scopes: Set(scopes),
                lifetime: body.expiresInSeconds.map { .seconds($0) })
        }
        let view = CreatedKeyView(key: KeyView(created.key), secret: created.secret.reveal())
        return try Answers.json(view, status: .created, headers: [.cacheControl: "no-store"])
    }
}

extension KeyView {
    /// A key as the interface shows it.
    init(_ key: ApiKeyRecord) {
        self.init(
            id: Int(key.id), name: key.name, tenant: key.tenantName, scopes: key.scopes.map(\.rawValue).sorted(),
            createdAt: Date(key.createdAt), expiresAt: key.expiresAt.map { Date($0) },
            revokedAt: key.revokedAt.map { Date($0) }, lastUsedAt: key.lastUsedAt.map { Date($0) })
    }
}
