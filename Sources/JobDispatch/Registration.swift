public import Jobs
import Redis

/// A worker that is registered, and how long ago it last beat.
public struct RegisteredWorker: Sendable, Equatable {
    /// What it announced.
    public var announcement: WorkerAnnouncement
    /// Time since its last sign of life.
    public var silence: Duration
}

// MARK: Workers, models and lanes

extension JobDispatch {
    /// Announces a worker and its models; it stays listed while it beats.
    public func register(_ worker: WorkerAnnouncement) async throws(DispatchError) {
        let key = keys.worker(worker.name)
        let digests = worker.models.map(\.digest).joined(separator: " ")
        var pipeline = RedisPipeline()
        pipeline.append(
            "HSET", key, "host", .string(worker.host), "version", .string(worker.version), "device",
            .string(worker.device), "pool", .string(worker.pool), "capacity", .int(Int64(worker.capacity)), "memory",
            .int(Int64(worker.memory)), "models", .string(digests))
        pipeline.append("PEXPIRE", key, .int(configuration.presence.milliseconds))
        for model in worker.models {
            pipeline.append(
                "HSET", keys.model(model.digest), "name", .string(model.name), "resolution",
                .int(Int64(model.resolution)), "layers", .int(Int64(model.layers)), "words",
                .string(model.vocabulary.joined(separator: " ")), "kinds",
                .string(model.kinds.map(\.rawValue).joined(separator: " ")), "abilities",
                .string(model.abilities.map(\.rawValue).sorted().joined(separator: " ")))
            pipeline.append("EXPIRE", keys.model(model.digest), 604_800)
        }
        _ = try await run(pipeline)
        _ = try await beat([], by: worker.name)
    }

    /// Takes a worker off the list, when it ends.
    public func unregister(_ worker: WorkerName) async throws(DispatchError) {
        var pipeline = RedisPipeline()
        pipeline.append("DEL", keys.worker(worker))
        pipeline.append("ZREM", keys.workers, .string(worker.rawValue))
        _ = try await run(pipeline)
    }

    /// Workers that have beaten within ``DispatchConfiguration/presence``, by name, with their models.
    public func workers() async throws(DispatchError) -> [RegisteredWorker] {
        let (now, beats) = try await lastBeats()
        var pipeline = RedisPipeline()
        for name in beats.keys.sorted() { pipeline.append("HGETALL", keys.worker(name)) }
        var workers: [RegisteredWorker] = []
        var wanted: [WorkerName: [String]] = [:]
        for (name, reply) in zip(beats.keys.sorted(), try await run(pipeline)) {
            let fields = try reply.read(Self.fields)
            guard let beat = beats[name], !fields.isEmpty else { continue }
            let announcement = WorkerAnnouncement(
                name: name, host: fields["host"] ?? "", version: fields["version"] ?? "",
                device: fields["device"] ?? "", pool: fields["pool"] ?? "",
                capacity: fields["capacity"].flatMap { Int($0) } ?? 0,
                memory: fields["memory"].flatMap { Int($0) } ?? 0, models: [])
            guard announcement.isPlausible else { continue }
            wanted[name] = (fields["models"] ?? "").split(separator: " ").map(String.init)
            workers.append(RegisteredWorker(announcement: announcement, silence: .milliseconds(max(0, now - beat))))
        }
        let models = try await models(Set(wanted.values.joined()))
        for index in workers.indices {
            let digests = wanted[workers[index].announcement.name] ?? []
            workers[index].announcement.models = digests.compactMap { models[$0] }
        }
        return workers
    }

    /// The time, and the last beat of each worker, in milliseconds; forgets those that are gone.
    private func lastBeats() async throws(DispatchError) -> (now: Int64, beats: [WorkerName: Int64]) {
        let time = try await command(["TIME"])
        let now = try time.read { reply throws(RedisError) in
            let parts = try reply.array()
            return try parts[0].int64() * 1_000 + parts[1].int64() / 1_000
        }
        let oldest = now - configuration.presence.milliseconds
        var pipeline = RedisPipeline()
        pipeline.append("ZREMRANGEBYSCORE", keys.workers, "-inf", .int(oldest))
        pipeline.append("ZRANGE", keys.workers, "0", "-1", "WITHSCORES")
        let replies = try await run(pipeline)
        let beats = try replies[1].read { reply throws(RedisError) in
            let flat = try reply.array()
            var beats: [WorkerName: Int64] = [:]
            for index in stride(from: 0, to: flat.count - 1, by: 2) {
                guard let name = WorkerName(rawValue: try flat[index].string()) else { continue }
                beats[name] = Double(try flat[index + 1].string()).flatMap { Int64(exactly: $0.rounded()) } ?? 0
            }
            return beats
        }
        return (now, beats)
    }

    private func models(_ digests: Set<String>) async throws(DispatchError) -> [String: AnnouncedModel] {
        let ordered = digests.sorted()
        var pipeline = RedisPipeline()
        for digest in ordered { pipeline.append("HGETALL", keys.model(digest)) }
        var models: [String: AnnouncedModel] = [:]
        for (digest, reply) in zip(ordered, try await run(pipeline)) {
            let fields = try reply.read(Self.fields)
            guard let name = fields["name"], let resolution = fields["resolution"].flatMap({ Int($0) }),
                let layers = fields["layers"].flatMap({ Int($0) })
            else { continue }
            let model = AnnouncedModel(
                name: name, digest: digest, resolution: resolution, layers: layers,
                vocabulary: (fields["words"] ?? "").split(separator: " ").map(String.init),
                kinds: (fields["kinds"] ?? "").split(separator: " ").compactMap { JobKind(rawValue: String($0)) },
                abilities: fields["abilities"].map(Self.abilities) ?? Self.formerAbilities)
            if model.isPlausible { models[digest] = model }
        }
        return models
    }

    /// What every model could do before models announced it.
    private static let formerAbilities: Set<Ability> = [.words]

    private static func abilities(_ text: String) -> Set<Ability> {
        Set(text.split(separator: " ").compactMap { Ability(rawValue: String($0)) })
    }

    private static func fields(_ reply: RedisReply) throws(RedisError) -> [String: String] {
        let flat = try reply.array()
        var fields: [String: String] = [:]
        for index in stride(from: 0, to: flat.count - 1, by: 2) {
            fields[try flat[index].string()] = try flat[index + 1].string()
        }
        return fields
    }

    // MARK: Lanes

    /// Tells workers which lanes there are; the leader repeats it now and then, since Redis may forget.
    public func publish(_ lanes: [Lane]) async throws(DispatchError) {
        guard !lanes.isEmpty else { return }
        let pairs = lanes.flatMap { (lane) -> [RedisArgument] in
            let name = Self.name(lane.pool, lane.kind, lane.modelDigest, lane.band)
            return [.string(name), .int(lane.id.rawValue)]
        }
        _ = try await command(["HSET", keys.lanes] + pairs)
    }

    private static func name(_ pool: String, _ kind: String, _ model: String, _ band: Band) -> String {
        "\(pool) \(kind) \(model) \(band.rawValue)"
    }

    /// The lanes that a worker of a pool with these models serves, in the order of the models and their kinds; those
    /// that the leader has not published yet are missing, so ask again from time to time.
    public func lanes(pool: String, models: [AnnouncedModel]) async throws(DispatchError) -> [Lane] {
        let wanted = models.flatMap { model in
            model.kinds.flatMap { kind in Band.allCases.map { (model.digest, kind.rawValue, $0) } }
        }
        guard !wanted.isEmpty else { return [] }
        let reply = try await command(
            ["HMGET", keys.lanes] + wanted.map { .string(Self.name(pool, $0.1, $0.0, $0.2)) })
        return try reply.read { reply throws(RedisError) in
            var lanes: [Lane] = []
            for (id, (model, kind, band)) in zip(try reply.array(), wanted) where !id.isNull {
                lanes.append(
                    Lane(id: LaneID(try id.int64()), pool: pool, kind: kind, modelDigest: model, band: band))
            }
            return lanes
        }
    }

    // MARK: Orders

    /// Tells workers what an operator wants of them, with their next beat; those that are not listed hear of it from the
    /// leader once they are.
    public func publish(_ orders: [WorkerName: WorkerOrder]) async throws(DispatchError) {
        guard !orders.isEmpty else { return }
        var pipeline = RedisPipeline()
        for (worker, order) in orders.sorted(by: { $0.key < $1.key }) {
            pipeline.append(Scripts.order, keys: [keys.worker(worker)], arguments: [.int(Int64(order.rawValue))])
        }
        _ = try await run(pipeline)
    }
}
