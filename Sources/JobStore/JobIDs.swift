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
    func makePartitions() async throws(StoreError) {
        let isNear = memory.withLock { $0.reservedTo + 1_000_000 >= $0.partitionedTo }
        if isNear { try await makePartitionsAhead() }
    }

    /// Makes two partitions ahead of all ids; for the leader, so that no upload has to wait for one.
    public func makePartitionsAhead() async throws(StoreError) {
        let end = try await run { connection in
            try connection.query("SELECT ensure_partitions((SELECT last_value FROM job_id) + 2000000)")[0].int64(0)
        }
        memory.withLock { $0.partitionedTo = max($0.partitionedTo, end) }
    }
}
