import JobStore
import Jobs

/// On whose behalf a request is made, and what they may do.
struct Principal: Sendable, Equatable {
    /// The tenant that what is made belongs to.
    var tenant: TenantID
    /// Whose things may be seen and touched; everybody's if `nil`; what is others' is not found.
    var sees: TenantID?
    /// What the key allows, with what that implies.
    var scopes: Set<Scope>

    /// Everybody, where nobody has to say who they are.
    static let everybody = Principal(tenant: .everybody, sees: nil, scopes: Set<Scope>([.admin]).closure)
    /// Whoever has not said who they are; may use open routes only.
    static let nobody = Principal(tenant: .everybody, sees: .everybody, scopes: [])

    /// The holder of a key.
    init(_ key: ApiKeyRecord) {
        self.init(
            tenant: key.tenant, sees: key.scopes.contains(.admin) ? nil : key.tenant, scopes: key.scopes.closure)
    }

    init(tenant: TenantID, sees: TenantID?, scopes: Set<Scope>) {
        self.tenant = tenant
        self.sees = sees
        self.scopes = scopes
    }

    var isAdmin: Bool { scopes.contains(.admin) }
}
