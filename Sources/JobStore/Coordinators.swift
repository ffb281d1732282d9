import Postgres

extension JobStore {
    /// How long what a coordinator says of itself holds, in seconds.
    private static let presenceOfCoordinators = 6

    /// Notes that a coordinator runs, and whether it reaches Redis; forgets those that have not been heard for a day.
    public func announceCoordinator(_ name: String, seesRedis: Bool) async throws(StoreError) {
        _ = try await run { connection in
            try connection.query(
                """
                WITH gone AS (
                    DELETE FROM coordinator WHERE name <> $1 AND seen_at < clock_timestamp() - interval '1 day'
                )
                INSERT INTO coordinator (name, sees_redis, seen_at) VALUES ($1, $2, clock_timestamp())
                ON CONFLICT (name) DO UPDATE SET sees_redis = excluded.sees_redis, seen_at = excluded.seen_at
                """, [.text(name), .bool(seesRedis)])
        }
    }

    /// Whether another coordinator was heard a moment ago and reaches Redis.
    public func doOthersSeeRedis(besides name: String) async throws(StoreError) -> Bool {
        try await run { connection in
            try connection.query(
                """
                SELECT EXISTS (SELECT FROM coordinator WHERE name <> $1 AND sees_redis
                    AND seen_at > clock_timestamp() - interval '\(Self.presenceOfCoordinators)s')
                """, [.text(name)])[0].bool(0)
        }
    }
}
