public import Jobs
import Logging
import Redis
import Synchronization
import Telemetry

/// Facts that were read together.
public struct FactGroup: Sendable, Equatable {
    /// Those that make sense, in order.
    public var facts: [Fact]
    /// Those that do not, with the reason; they are acknowledged with the others, so log them.
    public var rejected: [String]
    /// Entries of the stream, for ``JobDispatch/acknowledge(_:)``.
    var entries: [String]

    /// Whether there was nothing to read.
    public var isEmpty: Bool { entries.isEmpty }
}

/// What a reader of facts looks at next.
enum FactPhase: Equatable {
    /// What was delivered before, to this process or to one that is gone, and not acknowledged.
    case pending(from: String)
    /// What nobody has seen.
    case fresh
}

// MARK: Facts, on their way to PostgreSQL

extension JobDispatch {
    /// Reads facts that wait to be recorded.
    ///
    /// The first calls give what was delivered before and not acknowledged, to this process or to one that is gone;
    /// recording such a fact twice changes nothing. If recording fails, try again with the same group, or call
    /// ``redeliverFacts()`` and read anew.
    /// - Parameters:
    ///   - limit: Most reports of workers, each of which may hold several facts.
    ///   - wait: How long to wait for one; cut short by ``interruptFacts()``.
    public func facts(limit: Int = 100, wait: Duration) async throws(DispatchError) -> FactGroup {
        while case .pending(let start) = phase.withLock({ $0 }) {
            let reply = try await grouped {
                [
                    "XAUTOCLAIM", keys.facts, Keys.group, .string(configuration.reader), 0, .string(start), "COUNT",
                    .int(Int64(limit)),
                ]
            }
            let (next, group) = try reply.read { reply throws(RedisError) in
                let parts = try reply.array()
                return (try parts[0].string(), try Self.group(parts[1]))
            }
            phase.withLock { $0 = next == "0-0" ? .fresh : .pending(from: next) }
            if !group.isEmpty { return group }
        }
        let reply = try await grouped(wait: wait) {
            [
                "XREADGROUP", "GROUP", Keys.group, .string(configuration.reader), "COUNT", .int(Int64(limit)), "BLOCK",
                .int(wait.milliseconds), "STREAMS", keys.facts, ">",
            ]
        }
        guard !reply.isNull else { return FactGroup(facts: [], rejected: [], entries: []) }
        return try reply.read { reply throws(RedisError) in
            guard let stream = try reply.array().first else { return FactGroup(facts: [], rejected: [], entries: []) }
            return try Self.group(try stream.array()[1])
        }
    }

    /// Makes the next ``facts(limit:wait:)`` begin with what is not acknowledged.
    public func redeliverFacts() {
        phase.withLock { $0 = .pending(from: "0-0") }
    }

    /// Ends a wait for facts, and lets later ones return at once until ``resumeFacts()``.
    public func interruptFacts() async {
        do {
            try await reading.interrupt(using: commands)
        } catch {
            logger.debug("A wait for facts could not be cut short", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// Lets ``facts(limit:wait:)`` wait again.
    public func resumeFacts() { reading.resume() }

    /// Removes facts from the stream, once they are recorded.
    public func acknowledge(_ group: FactGroup) async throws(DispatchError) {
        guard !group.isEmpty else { return }
        let entries = group.entries.map { RedisArgument.string($0) }
        var pipeline = RedisPipeline()
        pipeline.append(["XACK", keys.facts, Keys.group] + entries)
        pipeline.append(["XDEL", keys.facts] + entries)
        _ = try await run(pipeline)
    }

    /// How long the oldest report of a worker has waited to be recorded, by the clock of Redis; zero where none waits.
    public func factsWait() async throws(DispatchError) -> Duration {
        var pipeline = RedisPipeline()
        pipeline.append(["XRANGE", keys.facts, "-", "+", "COUNT", 1])
        pipeline.append("TIME")
        let replies = try await run(pipeline)
        return try replies[0].read { reply throws(RedisError) in
            guard let oldest = try reply.array().first?.array()[0].string(),
                let written = Int64(oldest.prefix { $0 != "-" })
            else { return .zero }
            let time = try replies[1].array()
            let now = (Int64(try time[0].string()) ?? 0) * 1_000 + (Int64(try time[1].string()) ?? 0) / 1_000
            return .milliseconds(max(0, now - written))
        }
    }

    /// Reports of workers that are not acknowledged yet.
    public func factCount() async throws(DispatchError) -> Int {
        try await command(["XLEN", keys.facts]).read { reply throws(RedisError) in Int(try reply.int64()) }
    }

    // MARK: Parts

    /// Runs a command of the consumer group, and makes the group where Redis has lost it.
    private func grouped(
        wait: Duration? = nil, _ arguments: () -> [RedisArgument]
    ) async throws(DispatchError) -> RedisReply {
        do throws(RedisError) {
            return try await read(arguments(), wait: wait)
        } catch  where error.prefix == "NOGROUP" {
            do throws(RedisError) {
                try await reading.command("XGROUP", "CREATE", keys.facts, Keys.group, "0", "MKSTREAM")
            } catch  where error.prefix == "BUSYGROUP" {
                // Another coordinator was faster.
            } catch {
                throw DispatchError(error)
            }
            do throws(RedisError) {
                return try await read(arguments(), wait: wait)
            } catch {
                throw DispatchError(error)
            }
        } catch {
            throw DispatchError(error)
        }
    }

    private func read(_ arguments: [RedisArgument], wait: Duration?) async throws(RedisError) -> RedisReply {
        guard let wait else { return try await reading.command(arguments) }
        return try await reading.blockingCommand(arguments, timeout: wait) ?? .null
    }

    /// Reads entries of the stream: each is a name and a flat list of fields.
    private static func group(_ reply: RedisReply) throws(RedisError) -> FactGroup {
        var group = FactGroup(facts: [], rejected: [], entries: [])
        for entry in try reply.array() where !entry.isNull {
            let parts = try entry.array()
            let name = try parts[0].string()
            group.entries.append(name)
            guard parts.count > 1, case .array(let fields) = parts[1] else { continue }
            append(fields, of: name, to: &group)
        }
        return group
    }

    /// Most fields of an entry: four times those of the largest report, the first beat for 1,000 leases.
    private static let maximumFields = 2 + 2 * 4 * 1_000

    /// Reads the facts of an entry; whoever can write to Redis can have written it, so nothing about it is taken for
    /// granted.
    private static func append(_ fields: [RedisReply], of name: String, to group: inout FactGroup) {
        guard fields.count % 2 == 0, fields.count > 2, case .bytes(let text) = fields[1],
            let worker = WorkerName(rawValue: String(decoding: text, as: UTF8.self))
        else {
            group.rejected.append("\(name): an entry does not begin with the name of a worker")
            return
        }
        // A report of ours is far below; one rejection for each of a million fields would fill the log.
        guard fields.count <= maximumFields else {
            group.rejected.append("\(name): an entry has \(fields.count) fields; the limit is \(maximumFields)")
            return
        }
        for index in stride(from: 3, to: fields.count, by: 2) {
            do throws(FactError) {
                guard case .bytes(let bytes) = fields[index] else { throw FactError(malformed: "it is no text") }
                group.facts.append(try Fact(decoding: bytes, from: worker))
            } catch {
                group.rejected.append("\(name): \(error)")
            }
        }
    }
}
