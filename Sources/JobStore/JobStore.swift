public import Jobs
public import Logging
public import Postgres
import Synchronization
import Telemetry

/// The truth about batches and jobs, in PostgreSQL: every SQL statement of Tedi is in this target.
///
/// Each method is one transaction, or a few that leave the store in order wherever they stop. All may be called from
/// any task; the pool bounds how many run at once. Errors are ``StoreError``; nothing is retried here but a transaction
/// that PostgreSQL has undone because another one was in its way.
///
/// ```swift
/// let store = JobStore(pool: PostgresPool(try PostgresOptions("dbname=tedi")))
/// try await store.migrate()
/// let batch = try await store.createBatch(try BatchSpecification(name: "faces", model: "demo")).batch
/// _ = try await store.append([try CaptionItem(caption: "a woman with blond hair")], to: batch.id, from: 0)
/// _ = try await store.seal(batch.id)
/// ```
public final class JobStore: Sendable {
    /// How long after its last announcement a worker counts as present.
    public static let presence = Duration.seconds(30)
    /// Most jobs that one transaction moves or inserts.
    public static let transactionLimit = 10_000

    /// Connections to the database.
    public let pool: PostgresPool
    /// How often, and after what wait, jobs are run again.
    public let policy: RetryPolicy
    let logger: Logger
    let memory = Mutex(Memory())

    /// What never changes once it is known, or only grows.
    struct Memory {
        var workers: [WorkerName: Int32] = [:]
        /// End of the last partition that is known to exist.
        var partitionedTo: Int64 = 0
        /// When partitions were made last, or could not be.
        var partitionsTried: ContinuousClock.Instant?
        /// An id beyond all that this process has seen reserved.
        var reservedTo: Int64 = 0
        /// Epochs that this process may still give out in a term, or, without one, to workers that claim from it.
        var epochs: [Term?: Range<Int64>] = [:]
        /// Who is to be served next in each lane.
        var schedulers: [LaneID: FairScheduler] = [:]
        /// What their times count from.
        let start = ContinuousClock.now
    }

    /// Makes a store; nothing is opened yet.
    public init(
        pool: PostgresPool, policy: RetryPolicy = RetryPolicy(), logger: Logger = Logger(label: "tedi.store")
    ) {
        self.pool = pool
        self.policy = policy
        self.logger = logger
    }

    /// Asks the database for a sign of life.
    public func ping() async throws(StoreError) {
        _ = try await run { connection in try connection.query("SELECT 1") }
    }

    // MARK: Running statements

    /// Runs work on a connection.
    func run<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        do {
            return try await pool.withConnection(body)
        } catch {
            throw StoreError(error)
        }
    }

    /// Runs a transaction; again where it had to give way to another one, or came upon ids without a partition.
    func transaction<Value: Sendable>(
        _ mode: PostgresTransactionMode = .readCommitted,
        _ body: @Sendable (isolated PostgresConnection) throws -> Value
    ) async throws(StoreError) -> Value {
        var (attempt, reservations) = (1, 1)
        while true {
            do {
                return try await pool.transaction(mode, body)
            } catch is PartitionsMissing {
                guard reservations < Self.reservations else {
                    throw StoreError(.unavailable, "others take ids for jobs faster than there are partitions for them")
                }
                try await makePartitions()
                reservations += 1
            } catch {
                // Each had what the other wanted; the one that was told so has done nothing.
                guard (error as? PostgresError)?.isConflict == true, attempt < Self.attempts else {
                    throw StoreError(error)
                }
                logger.debug("A transaction gave way to another one", metadata: [LogKey.error: "\(error)"])
                attempt += 1
            }
        }
    }

    /// How often a transaction is begun that has to give way each time.
    private static let attempts = 3
    /// How often ids are reserved for it, where others take as many as there are partitions for meanwhile.
    private static let reservations = 10
}

extension PostgresConnection {
    /// Keeps the planner to the indexes for the rest of the transaction.
    ///
    /// The hot tables turn over within seconds, so statistics about them are always wrong: a table that was empty when
    /// it was analysed gets a sequential scan, which then reads every dead row.
    /// - Parameter durably: False for work that is done again if the server crashes before it has flushed it.
    func preferIndexes(durably: Bool = true) throws {
        let planner =
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
        try execute(durably ? planner : planner + "; SET LOCAL synchronous_commit = off")
    }
}
