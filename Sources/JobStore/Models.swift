public import Jobs
import Postgres

extension JobStore {
    /// Notes workers and their models as seen; a model seen for the first time gets its lane.
    /// - Parameters:
    ///   - workers: what they announced.
    ///   - heard: when each gave its last sign of life; just now where a worker is not named.
    public func announce(
        _ workers: [WorkerAnnouncement], heard: [WorkerName: ContinuousClock.Instant] = [:]
    ) async throws(StoreError) {
        guard !workers.isEmpty else { return }
        // In one order everywhere, so that two coordinators that do this at once do not deadlock.
        let models = Dictionary(workers.flatMap(\.models).map { ($0.digest, $0) }) { first, _ in first }
            .values.sorted { $0.digest < $1.digest }
        let ordered = workers.sorted { $0.name < $1.name }
        try await transaction { connection in
            for model in models { try Self.upsert(connection, model) }
            for worker in ordered {
                // Only here, for the connection may have been long in coming.
                let now = ContinuousClock.now
                try Self.upsert(connection, worker, silence: (heard[worker.name] ?? now).duration(to: now))
                for model in worker.models { try Self.makeLanes(connection, pool: worker.pool, model: model) }
            }
        }
    }

    /// Every model that was ever announced, by name.
    public func models() async throws(StoreError) -> [ModelRecord] {
        try await run { connection in
            try connection.query(Self.selectModels + " ORDER BY m.name, m.created_at DESC LIMIT 10000")
                .map(Self.decodeModel)
        }
    }

    /// The model that a name, a digest or the beginning of a digest stands for.
    ///
    /// Where several models have the name, it is the newest of those that workers have now.
    public func model(named name: String) async throws(StoreError) -> ModelRecord {
        try await run { connection in try Self.resolve(connection, name) }
    }

    /// Workers, by name; those that were not seen for a week are left out.
    public func workers() async throws(StoreError) -> [WorkerRecord] {
        try await run { connection in
            try connection.query(
                """
                SELECT w.name, w.host, w.version, w.device, w.pool, w.capacity, w.seen_at,
                    w.seen_at > clock_timestamp() - make_interval(secs => $1),
                    ARRAY(SELECT m.name FROM model m WHERE m.digest = ANY(w.models) ORDER BY m.name), w.memory, w.wanted
                FROM worker w WHERE w.seen_at > clock_timestamp() - interval '7 days' ORDER BY w.name LIMIT 10000
                """, [.double(Self.presenceSeconds)]
            ).map { row in
                WorkerRecord(
                    name: try row.string(0), host: try row.string(1), version: try row.string(2),
                    device: try row.string(3), pool: try row.string(4), capacity: try row.int(5),
                    memory: try row.int(9), models: try row.get(8), seenAt: try row.get(6),
                    isPresent: try row.bool(7), order: WorkerOrder(rawValue: try row.int(10)) ?? .work)
            }
        }
    }

    /// Every lane.
    public func lanes() async throws(StoreError) -> [Lane] {
        try await run { connection in
            try connection.query("SELECT id, pool, kind, model, band FROM lane ORDER BY id LIMIT 10000").map { row in
                Lane(
                    id: LaneID(try row.int64(0)), pool: try row.string(1), kind: try row.string(2),
                    modelDigest: try row.string(3), band: Band(rawValue: try row.int(4)) ?? .bulk)
            }
        }
    }

    // MARK: Parts

    private static var presenceSeconds: Double { Double(presence.components.seconds) }

    /// The lane of a kind of work, a model and a band in a pool, made if need be.
    static func lane(
        _ connection: isolated PostgresConnection, pool: String, kind: String, model: String, band: Band
    ) throws -> LaneID {
        let key: [PostgresValue] = [.text(pool), .text(kind), .text(model), .int2(Int16(band.rawValue))]
        let find = "SELECT id FROM lane WHERE pool = $1 AND kind = $2 AND model = $3 AND band = $4"
        if let row = try connection.query(find, key).first { return LaneID(try row.int64(0)) }
        try connection.query(
            "INSERT INTO lane (pool, kind, model, band) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", key)
        return LaneID(try connection.query(find, key)[0].int64(0))
    }

    private static func makeLanes(
        _ connection: isolated PostgresConnection, pool: String, model: AnnouncedModel
    ) throws {
        for kind in model.kinds {
            for band in Band.allCases {
                _ = try lane(connection, pool: pool, kind: kind.rawValue, model: model.digest, band: band)
            }
        }
    }

    private static let selectModels = """
        SELECT m.digest, m.name, m.resolution, m.layers, m.vocabulary, m.seen_at,
            (SELECT count(*) FROM worker w WHERE m.digest = ANY(w.models)
                AND w.seen_at > clock_timestamp() - interval '30 s'), m.kinds, m.abilities
        FROM model m
        """

    private static func decodeModel(_ row: PostgresRow) throws -> ModelRecord {
        ModelRecord(
            model: AnnouncedModel(
                name: try row.string(1), digest: try row.string(0), resolution: try row.int(2), layers: try row.int(3),
                vocabulary: try row.get(4),
                kinds: try row.get(7, as: [String].self).compactMap(JobKind.init(rawValue:)),
                abilities: Set(try row.get(8, as: [String].self).compactMap(Ability.init(rawValue:)))),
            seenAt: try row.get(5), workers: try row.int(6))
    }

    /// Finds a model by name, digest or at least six digits of a digest.
    static func resolve(_ connection: isolated PostgresConnection, _ name: String) throws -> ModelRecord {
        let named = try connection.query(
            selectModels
                + """
                 WHERE m.name = $1 OR m.digest = $1
                ORDER BY m.digest = $1 DESC, m.seen_at > clock_timestamp() - interval '30 s' DESC, m.created_at DESC
                LIMIT 1
                """, [.text(name)])
        if let row = named.first { return try decodeModel(row) }
        if name.utf8.count >= 6, name.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) {
            let prefixed = try connection.query(
                selectModels + " WHERE starts_with(m.digest, $1) ORDER BY m.digest LIMIT 2", [.text(name)])
            if prefixed.count == 1 { return try decodeModel(prefixed[0]) }
            if prefixed.count > 1 {
                throw StoreError(.unknownModel, "several models have digests that begin with \(name); give more digits")
            }
        }
        throw try unknownModel(connection, name)
    }

    private static func unknownModel(_ connection: isolated PostgresConnection, _ name: String) throws -> StoreError {
        let known = try connection.query("SELECT DISTINCT name FROM model ORDER BY name LIMIT 20").map {
            try $0.string(0)
        }
        let cure =
            known.isEmpty
            ? "no worker has announced any yet; start a tedi-worker"
            : "known models: " + known.joined(separator: ", ")
        return StoreError(.unknownModel, "there is no model “\(name)”; \(cure)")
    }

    private static func upsert(_ connection: isolated PostgresConnection, _ model: AnnouncedModel) throws {
        try connection.query(
            """
            INSERT INTO model (digest, name, resolution, layers, vocabulary, kinds, abilities)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (digest) DO UPDATE SET name = excluded.name, kinds = excluded.kinds,
                abilities = excluded.abilities, seen_at = clock_timestamp()
            """,
            [
                .text(model.digest), .text(model.name), .int4(Int32(clamping: model.resolution)),
                .int4(Int32(clamping: model.layers)), .textArray(model.vocabulary),
                .textArray(model.kinds.map(\.rawValue)), .textArray(model.abilities.map(\.rawValue).sorted()),
            ])
    }

    private static func upsert(
        _ connection: isolated PostgresConnection, _ worker: WorkerAnnouncement, silence: Duration
    ) throws {
        // A coordinator that looked earlier may write later.
        try connection.query(
            """
            INSERT INTO worker (name, host, version, device, pool, capacity, models, memory, seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() - make_interval(secs => $9))
            ON CONFLICT (name) DO UPDATE SET host = $2, version = $3, device = $4, pool = $5, capacity = $6,
                models = $7, memory = $8, seen_at = greatest(worker.seen_at, excluded.seen_at)
            """,
            [
                .text(worker.name.rawValue), .text(worker.host), .text(worker.version), .text(worker.device),
                .text(worker.pool), .int4(Int32(clamping: worker.capacity)),
                .textArray(worker.models.map(\.digest)), .int4(Int32(clamping: worker.memory)),
                .double(silence.seconds),
            ])
    }
}
