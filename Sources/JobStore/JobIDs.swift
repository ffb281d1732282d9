import Postgres
import Synchronization

/// Ids were reserved beyond the last partition: whoever reserved them begins again once there is one.
struct PartitionsMissing: Error {}

extension JobStore {
    /// Reserves ids for jobs, of which no other will be told.
    ///
    /// What is reserved is not given back, however the transaction ends, and many may reserve at once; so only here it
    /// is certain whether there are partitions for these very ids. Rows without one would stray.
    /// - Throws: ``PartitionsMissing``, which ``transaction(_:_:)`` answers.
    /// - Returns: The first of the ids.
    func reserveIDs(_ connection: isolated PostgresConnection, _ count: Int) throws -> Int64 {
        let base = try connection.query("SELECT reserve_ids($1)", [.int8(Int64(count))])[0].int64(0)
        let isInPartitions = memory.withLock { memory in
            memory.reservedTo = max(memory.reservedTo, base + Int64(count))
            return base + Int64(count) <= memory.partitionedTo
        }
        guard isInPartitions else { throw PartitionsMissing() }
        return base
    }

    /// Keeps two partitions ahead of the ids that this process knows of, so that uploads hardly ever begin again.
    ///
    /// Where they could not be had, it is tried again after a while; at once where there is none for the last ids.
    func makePartitions() async throws(StoreError) {
        let isNear = memory.withLock { memory in
            let (now, pause) = (ContinuousClock.now, Self.partitionPause)
            guard memory.reservedTo + 1_000_000 >= memory.partitionedTo else { return false }
            if memory.reservedTo < memory.partitionedTo, let last = memory.partitionsTried, now - last < pause {
                return false
            }
            memory.partitionsTried = now
            return true
        }
        if isNear { try await makePartitionsAhead() }
    }

    /// Time between two tries to make partitions ahead.
    private static let partitionPause = Duration.seconds(5)

    /// Makes two partitions ahead of all ids; for the leader, so that no upload has to wait for one.
    ///
    /// Whoever waits for the lock of a new partition keeps all others waiting behind, while a dump of the database, for
    /// one, holds it for hours: so it is waited for a moment only. Where it cannot be had, what there is must do until
    /// the next time.
    public func makePartitionsAhead() async throws(StoreError) {
        let end = try await transaction { connection in
            try connection.execute("SET LOCAL lock_timeout = '200ms'; SAVEPOINT ahead")
            do {
                return try Self.ensurePartitions(connection, ahead: 2_000_000)
            } catch let error as PostgresError where error.isLockTimeout {
                try connection.execute("ROLLBACK TO ahead")
                return try Self.ensurePartitions(connection, ahead: 0)
            }
        }
        memory.withLock { $0.partitionedTo = max($0.partitionedTo, end) }
    }

    /// - Returns: The end of the last partition, of those that were there or were made.
    private static func ensurePartitions(_ connection: isolated PostgresConnection, ahead: Int64) throws -> Int64 {
        try connection.query("SELECT ensure_partitions((SELECT last_value FROM job_id) + $1)", [.int8(ahead)])[0].int64(
            0)
    }
}
