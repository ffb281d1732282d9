public import Foundation

/// Body of `POST /v1/keys`.
///
/// Example: `{"name": "nightly", "tenant": "studio", "scopes": ["submit"], "expires_in_seconds": 2592000}`
public struct CreateKeyBody: Hashable, Sendable, Codable {
    /// Longest life of a key that has an end, in seconds: 100 years.
    public static let maximumLifetime = 3_153_600_000

    /// Its name, for people.
    public var name: String
    /// Name of the tenant that it acts for; `default` when absent.
    public var tenant: String
    /// What it allows: of `submit`, `read`, `operate`, `worker`, `admin`.
    public var scopes: [String]
    /// How long it counts, 1 to ``maximumLifetime``; for ever when absent.
    public var expiresInSeconds: Int?

    /// Describes a key.
    public init(name: String, tenant: String = "default", scopes: [String], expiresInSeconds: Int? = nil) {
        self.name = name
        self.tenant = tenant
        self.scopes = scopes
        self.expiresInSeconds = expiresInSeconds
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, tenant, scopes
        case expiresInSeconds = "expires_in_seconds"
    }

    /// Reads a description; an unknown field is an error, for it is a misspelt option.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        tenant = try values.decodeIfPresent(String.self, forKey: .tenant) ?? "default"
        scopes = try values.decode([String].self, forKey: .scopes)
        expiresInSeconds = try values.decodeIfPresent(Int.self, forKey: .expiresInSeconds)
        if let expiresInSeconds, !(1...Self.maximumLifetime).contains(expiresInSeconds) {
            throw DecodingError.dataCorruptedError(
                forKey: .expiresInSeconds, in: values, debugDescription: "give it 1 to \(Self.maximumLifetime)")
        }
    }
}

/// An API key, without its secret.
///
/// Example: `{"id": 3, "name": "nightly", "tenant": "studio", "scopes": ["submit"], "created_at": "…"}`
public struct KeyView: Hashable, Sendable, Codable, Identifiable {
    /// What it is called by.
    public var id: Int
    /// Its name, for people.
    public var name: String
    /// Name of the tenant that it acts for.
    public var tenant: String
    /// What it allows.
    public var scopes: [String]
    /// When it was made.
    public var createdAt: Date
    /// From when on it counts for nothing; absent where that never comes.
    public var expiresAt: Date?
    /// Since when it counts for nothing; absent unless it was revoked.
    public var revokedAt: Date?
    /// When it was last used, to the minute.
    public var lastUsedAt: Date?

    /// Describes a key.
    public init(
        id: Int, name: String, tenant: String, scopes: [String], createdAt: Date, expiresAt: Date? = nil,
        revokedAt: Date? = nil, lastUsedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.tenant = tenant
        self.scopes = scopes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedAt = lastUsedAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, tenant, scopes
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
        case lastUsedAt = "last_used_at"
    }
}

/// Answer of `POST /v1/keys`: the only place where a secret is ever shown.
///
/// Example: `{"key": {"id": 3, …}, "secret": "tedi_…"}`
public struct CreatedKeyView: Hashable, Sendable, Codable {
    /// The key.
    public var key: KeyView
    /// What its holder sends as `Authorization: Bearer …`; nobody can look it up later.
    public var secret: String

    /// Describes a new key.
    public init(key: KeyView, secret: String) {
        self.key = key
        self.secret = secret
    }
}

/// Answer of `GET /v1/keys`.
///
/// Example: `{"keys": [{"id": 3, …}]}`
public struct KeyList: Hashable, Sendable, Codable {
    /// The keys, in the order in which they were made.
    public var keys: [KeyView]

    /// Makes a list.
    public init(keys: [KeyView]) { self.keys = keys }
}

/// Body of `POST` and `PUT /v1/tenants/{name}`: the limits of a tenant, all of them.
///
/// Example: `{"weight": 2, "max_queued": 100000, "max_running": 64}`
public struct TenantBody: Hashable, Sendable, Codable {
    /// Share of the workers, against that of other tenants, 1 to 1000; 1 when absent.
    public var weight: Int
    /// Jobs that may wait or run; any number when absent.
    public var maximumQueued: Int?
    /// Jobs that may be handed out at once; any number when absent.
    public var maximumRunning: Int?
    /// Bytes of artifacts that may be uploaded; any number when absent.
    public var maximumArtifactBytes: Int?

    /// Describes limits.
    public init(
        weight: Int = 1, maximumQueued: Int? = nil, maximumRunning: Int? = nil,
        maximumArtifactBytes: Int? = nil
    ) {
        self.maximumArtifactBytes = maximumArtifactBytes
        self.weight = weight
        self.maximumQueued = maximumQueued
        self.maximumRunning = maximumRunning
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case weight
        case maximumQueued = "max_queued"
        case maximumRunning = "max_running"
        case maximumArtifactBytes = "max_artifact_bytes"
    }

    /// Reads limits; an unknown field is an error, for it is a misspelt option.
    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownFields(besides: CodingKeys.self)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        weight = try values.decodeIfPresent(Int.self, forKey: .weight) ?? 1
        maximumQueued = try values.decodeIfPresent(Int.self, forKey: .maximumQueued)
        maximumRunning = try values.decodeIfPresent(Int.self, forKey: .maximumRunning)
        maximumArtifactBytes = try values.decodeIfPresent(Int.self, forKey: .maximumArtifactBytes)
    }
}

/// A tenant: whose batches and keys these are.
///
/// Example: `{"name": "studio", "weight": 2, "max_queued": 100000, "queued": 812, "running": 64, "created_at": "…"}`
public struct TenantView: Hashable, Sendable, Codable {
    /// Its name.
    public var name: String
    /// Share of the workers, against that of other tenants.
    public var weight: Int
    /// Jobs that may wait or run; any number when absent.
    public var maximumQueued: Int?
    /// Jobs that may be handed out at once; any number when absent.
    public var maximumRunning: Int?
    /// Bytes of artifacts that may be uploaded; any number when absent.
    public var maximumArtifactBytes: Int?
    /// Bytes of artifacts that were uploaded and not given up.
    public var artifactBytes: Int
    /// Jobs that wait or run.
    public var queued: Int
    /// Jobs that are handed out.
    public var running: Int
    /// When it was made.
    public var createdAt: Date

    /// Describes a tenant.
    public init(
        name: String, weight: Int, maximumQueued: Int?, maximumRunning: Int?, queued: Int, running: Int,
        createdAt: Date,
        maximumArtifactBytes: Int? = nil, artifactBytes: Int = 0
    ) {
        self.maximumArtifactBytes = maximumArtifactBytes
        self.artifactBytes = artifactBytes
        self.name = name
        self.weight = weight
        self.maximumQueued = maximumQueued
        self.maximumRunning = maximumRunning
        self.queued = queued
        self.running = running
        self.createdAt = createdAt
    }

    private enum CodingKeys: String, CodingKey {
        case name, weight, queued, running
        case maximumQueued = "max_queued"
        case maximumRunning = "max_running"
        case maximumArtifactBytes = "max_artifact_bytes"
        case artifactBytes = "artifact_bytes"
        case createdAt = "created_at"
    }
}

/// Answer of `GET /v1/tenants`.
///
/// Example: `{"tenants": [{"name": "default", …}]}`
public struct TenantList: Hashable, Sendable, Codable {
    /// The tenants, in the order in which they were made.
    public var tenants: [TenantView]

    /// Makes a list.
    public init(tenants: [TenantView]) { self.tenants = tenants }
}
