import Jobs
import Postgres

extension JobStore {
    /// Refuses jobs beyond the number that a tenant may have waiting or running.
    ///
    /// The row of a tenant with a limit stays locked to the end of the transaction: of several uploads at once, each
    /// sees what those before it have brought. Tenants without a limit do not wait for each other. Call it with no
    /// other lock to be taken that an upload of the same tenant may hold.
    static func checkQuota(
        _ connection: isolated PostgresConnection, of tenant: TenantID, adding count: Int
    ) throws {
        let rows = try connection.query(
            "SELECT max_queued FROM tenant WHERE id = $1 AND max_queued IS NOT NULL FOR UPDATE",
            [.int4(tenant.rawValue)])
        guard let limit = try rows.first?.int(0) else { return }
        // A statement of its own, which sees what was committed while this one waited for the lock.
        let held = try connection.query(
            """
            SELECT coalesce(sum(c.ready + c.later + c.live), 0)::bigint FROM batch b JOIN batch_count c USING (id)
            WHERE b.tenant = $1 AND b.state IN (0, 1, 2)
            """, [.int4(tenant.rawValue)])[0].int(0)
        guard held + count > limit else { return }
        throw StoreError(
            .quotaExceeded,
            "the tenant may have \(limit) jobs waiting or running, has \(held), and this would add \(count); "
                + "wait until some have ended, or ask an administrator for a higher limit")
    }
}
