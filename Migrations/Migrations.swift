/// One step of the schema.
public struct Migration: Sendable {
    /// Its number; steps are applied in this order, once each.
    public let version: Int
    /// What it brings, in a word or two.
    public let name: String
    /// The statements, which run in one transaction.
    public let sql: String
}

/// The schema of Tedi, step by step; the SQL stands beside this file.
public enum Migrations {
    /// Every step, oldest first.
    public static let all: [Migration] = [
        Migration(version: 1, name: "queue", sql: String(decoding: PackageResources.V001_queue_sql, as: UTF8.self)),
        Migration(
            version: 2, name: "lifecycle", sql: String(decoding: PackageResources.V002_lifecycle_sql, as: UTF8.self)),
        Migration(version: 3, name: "cron", sql: String(decoding: PackageResources.V003_cron_sql, as: UTF8.self)),
        Migration(version: 4, name: "access", sql: String(decoding: PackageResources.V004_access_sql, as: UTF8.self)),
        Migration(version: 5, name: "leases", sql: String(decoding: PackageResources.V005_leases_sql, as: UTF8.self)),
        Migration(version: 6, name: "uploads", sql: String(decoding: PackageResources.V006_uploads_sql, as: UTF8.self)),
        Migration(version: 7, name: "kinds", sql: String(decoding: PackageResources.V007_kinds_sql, as: UTF8.self)),
        Migration(version: 8, name: "safety", sql: String(decoding: PackageResources.V008_safety_sql, as: UTF8.self)),
    ]
}
