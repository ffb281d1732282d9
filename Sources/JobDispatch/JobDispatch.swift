import Jobs
public import Logging
public import Redis
import Synchronization

/// The way of jobs to workers and of facts back, in Redis: every key and script of Tedi is in this target.
///
/// Nothing here is the truth; all of it can be lost at any moment and is rebuilt from PostgreSQL. A coordinator calls
/// what is in `Coordinating.swift` and `Facts.swift`, a worker what is in `Working.swift`. Each of commands, beats,
/// waiting and reading facts has a connection of its own, which opens when first used: no wait holds up a beat.
public final class JobDispatch: Sendable {
    /// The numbers of the protocol.
    public let configuration: DispatchConfiguration
    let keys: Keys
    let logger: Logger
    let commands: RedisConnection
    let beats: RedisConnection
    let waiting: RedisConnection
    let reading: RedisConnection
    let phase = Mutex(FactPhase.pending(from: "0-0"))

    /// Makes the connections; none is opened yet.
    public init(
        _ options: RedisOptions, configuration: DispatchConfiguration = DispatchConfiguration(),
        logger: Logger = Logger(label: "tedi.dispatch")
    ) {
        self.configuration = configuration
        self.logger = logger
        keys = Keys(namespace: configuration.namespace)
        commands = RedisConnection(options)
        beats = RedisConnection(options)
        waiting = RedisConnection(options)
        reading = RedisConnection(options)
    }

    /// Asks Redis for a sign of life.
    public func ping() async throws(DispatchError) {
        _ = try await command(["PING"])
    }

    /// Closes the connections; the next call opens them again.
    public func close() async {
        for connection in [commands, beats, waiting, reading] { await connection.close() }
    }

    // MARK: Calls

    func command(_ arguments: [RedisArgument]) async throws(DispatchError) -> RedisReply {
        do {
            return try await commands.command(arguments)
        } catch {
            throw DispatchError(error)
        }
    }

    func evaluate(
        _ script: RedisScript, _ keys: [RedisArgument], _ arguments: [RedisArgument],
        on connection: RedisConnection? = nil
    ) async throws(DispatchError) -> RedisReply {
        do {
            return try await (connection ?? commands).evaluate(script, keys: keys, arguments: arguments)
        } catch {
            throw DispatchError(error)
        }
    }

    /// Sends a pipeline; an error of any command is thrown.
    func run(_ pipeline: RedisPipeline) async throws(DispatchError) -> [RedisReply] {
        do throws(RedisError) {
            let replies = try await commands.run(pipeline)
            for reply in replies { try reply.get() }
            return replies
        } catch {
            throw DispatchError(error)
        }
    }
}

extension RedisReply {
    /// Reads a reply; what is not of the expected form is an error of ours.
    func read<Value>(_ body: (RedisReply) throws(RedisError) -> Value) throws(DispatchError) -> Value {
        do {
            return try body(self)
        } catch {
            throw DispatchError(error)
        }
    }

    func flags() throws(DispatchError) -> [Int64] {
        try read { reply throws(RedisError) in
            var flags: [Int64] = []
            for element in try reply.array() { flags.append(try element.int64()) }
            return flags
        }
    }
}

extension [Lease] {
    /// Id and epoch of each, as scripts take them.
    var arguments: [RedisArgument] {
        flatMap { [.int($0.job.rawValue), .int($0.epoch.rawValue)] }
    }
}

extension Duration {
    /// Whole milliseconds, at least one.
    var milliseconds: Int64 {
        Swift.max(1, components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
