import Logging
import Synchronization
import Threads

/// One connection to Redis, on a thread of its own.
///
/// hiredis blocks, so the actor's executor is a thread and no call ever holds up the cooperative pool. The connection
/// opens with the first command, and again with the first command after a loss; no command is ever sent twice on its
/// own account, so a caller who sees `isConnectionLoss` decides whether to repeat.
public actor RedisConnection {
    /// Where the server is and how the connection behaves.
    public nonisolated let options: RedisOptions
    private let executor: ThreadExecutor
    private nonisolated let wait = BlockingState()
    private var link: Link?
    /// Why the connection could not be opened a moment ago, where finding out took long.
    private var refusal: (error: RedisError, until: ContinuousClock.Instant)?
    private static let slow = Duration.milliseconds(500)
    /// Digests of the scripts that this connection has loaded.
    private var loaded: Set<String> = []

    /// The connection's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Makes a connection that opens on first use.
    public init(_ options: RedisOptions) {
        self.options = options
        self.executor = ThreadExecutor(name: "redis")
    }

    /// Runs work on the connection's thread, so that a loop of commands costs no thread switches.
    /// - Throws: What the closure throws.
    public func perform<Value: Sendable>(
        _ body: @Sendable (isolated RedisConnection) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        return try body(self)
    }

    /// Closes the connection; the next command opens it again.
    public func close() {
        link = nil
        loaded = []
        wait.clientID.store(0, ordering: .relaxed)
    }
}

// MARK: Commands

extension RedisConnection {
    /// Sends one command and waits for its answer.
    /// - Throws: `RedisError`, an error reply included.
    @discardableResult
    public func command(_ arguments: [RedisArgument]) throws(RedisError) -> RedisReply {
        precondition(!arguments.isEmpty, "a command needs a name")
        var encoded: [UInt8] = []
        encoded.appendCommand(arguments)
        return try exchange(encoded, count: 1)[0].get()
    }

    /// Sends one command and waits for its answer.
    /// - Throws: `RedisError`, an error reply included.
    @discardableResult
    public func command(_ arguments: RedisArgument...) throws(RedisError) -> RedisReply {
        try command(arguments)
    }

    /// Sends commands in one round trip.
    /// - Returns: One reply per command, in order; a command that failed has an `error` there.
    /// - Throws: `RedisError` if the connection is lost; then any number of the commands may have run.
    public func pipeline(_ commands: [[RedisArgument]]) throws(RedisError) -> [RedisReply] {
        var pipeline = RedisPipeline()
        for command in commands { pipeline.append(command) }
        return try run(pipeline)
    }

    /// Sends an encoded pipeline in one round trip.
    /// - Returns: One reply per command, in order; a command that failed has an `error` there.
    /// - Throws: `RedisError` if the connection is lost; then any number of the commands may have run.
    public func run(_ pipeline: RedisPipeline) throws(RedisError) -> [RedisReply] {
        guard !pipeline.isEmpty else { return [] }
        // Opening first: a new connection knows no scripts.
        _ = try open()
        try load(pipeline.scriptCalls.map(\.script).filter { !loaded.contains($0.digest) })
        var replies = try exchange(pipeline.encoded, count: pipeline.count)
        let missed = pipeline.scriptCalls.filter { replies[$0.index].isNoScript }
        guard !missed.isEmpty else { return replies }
        // Somebody flushed the script cache. The calls that missed did nothing and may be sent again.
        try load(missed.map(\.script))
        let again = try exchange(missed.flatMap { pipeline.encoded[$0.range] }, count: missed.count)
        for (call, reply) in zip(missed, again) { replies[call.index] = reply }
        return replies
    }

    /// Calls a script.
    /// - Throws: `RedisError`, an error reply included.
    @discardableResult
    public func evaluate(
        _ script: RedisScript, keys: [RedisArgument], arguments: [RedisArgument] = []
    ) throws(RedisError) -> RedisReply {
        var pipeline = RedisPipeline()
        pipeline.append(script, keys: keys, arguments: arguments)
        return try run(pipeline)[0].get()
    }

    private func load(_ scripts: [RedisScript]) throws(RedisError) {
        guard !scripts.isEmpty else { return }
        let distinct = Set(scripts)
        var encoded: [UInt8] = []
        for script in distinct { encoded.appendCommand(["SCRIPT", "LOAD", .string(script.source)]) }
        for reply in try exchange(encoded, count: distinct.count) { try reply.get() }
        loaded.formUnion(distinct.map(\.digest))
    }
}

// MARK: Blocking commands

extension RedisConnection {
    /// Sends a command that waits on the server (BLMOVE, BZPOPMIN, XREADGROUP … BLOCK).
    ///
    /// The connection does nothing else meanwhile: give such commands a connection of their own.
    /// - Parameters:
    ///   - arguments: The command, with its own timeout among them.
    ///   - timeout: The same timeout; the client waits `options.timeout` longer before it gives the connection up.
    /// - Returns: The answer; nil if the wait ended without one, by time or by `interrupt`.
    /// - Throws: `RedisError`, an error reply included.
    public func blockingCommand(
        _ arguments: [RedisArgument], timeout: Duration
    ) throws(RedisError) -> RedisReply? {
        wait.isWaiting.store(true, ordering: .sequentiallyConsistent)
        defer { wait.isWaiting.store(false, ordering: .sequentiallyConsistent) }
        guard !wait.isInterrupted.load(ordering: .sequentiallyConsistent) else { return nil }
        try open().setTimeout(timeout + options.timeout)
        let reply = try command(arguments)
        try link?.setTimeout(options.timeout)
        return reply.isNull ? nil : reply
    }

    /// Ends a blocking command that waits now, and lets later ones return nil at once, until `resume`.
    /// - Parameter control: Another connection to the same server, to send CLIENT UNBLOCK by.
    /// - Throws: `RedisError` if the other connection fails; `CancellationError`.
    public nonisolated func interrupt(using control: RedisConnection) async throws {
        precondition(control !== self, "a connection that waits cannot unblock itself")
        wait.isInterrupted.store(true, ordering: .sequentiallyConsistent)
        // Between the flag's check and the server's wait the command is on its way, and CLIENT UNBLOCK finds nobody.
        while wait.isWaiting.load(ordering: .sequentiallyConsistent) {
            let client = wait.clientID.load(ordering: .sequentiallyConsistent)
            if client != 0, try await control.command("CLIENT", "UNBLOCK", .int(client)).int64() == 1 { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Lets blocking commands wait again after `interrupt`.
    public nonisolated func resume() {
        wait.isInterrupted.store(false, ordering: .sequentiallyConsistent)
    }
}

/// What other threads may know of a connection whose own thread waits.
private final class BlockingState: Sendable {
    let isWaiting = Atomic(false)
    let isInterrupted = Atomic(false)
    let clientID = Atomic<Int64>(0)
}

// MARK: The link

extension RedisConnection {
    /// Sends encoded commands and reads as many answers; any failure closes the connection, whose stream is then out
    /// of step.
    private func exchange(_ encoded: [UInt8], count: Int) throws(RedisError) -> [RedisReply] {
        let link = try open()
        do throws(RedisError) {
            try link.append(encoded)
            var replies: [RedisReply] = []
            replies.reserveCapacity(count)
            for _ in 0..<count { replies.append(try link.receive()) }
            return replies
        } catch {
            close()
            throw error
        }
    }

    private func open() throws(RedisError) -> Link {
        if let link {
            guard link.isStale() else { return link }
            options.logger.debug("An idle connection was closed by Redis")
            close()
        }
        if let refusal, ContinuousClock.now < refusal.until { throw refusal.error }
        let start = ContinuousClock.now
        do throws(RedisError) {
            let link = try Link(options)
            self.link = link
            try greet(link)
            return link
        } catch {
            close()
            // Where Redis hangs, each try takes the whole time limit; those who queue behind it need not all find out.
            let now = ContinuousClock.now
            refusal = now - start > Self.slow ? (error, now + .seconds(1)) : nil
            throw error
        }
    }

    /// Logs in and learns the connection's number, which CLIENT UNBLOCK wants.
    private func greet(_ link: Link) throws(RedisError) {
        var commands: [[RedisArgument]] = []
        if let password = options.password {
            commands.append(["AUTH"] + (options.username.map { [.string($0)] } ?? []) + [.string(password)])
        }
        if options.database != 0 { commands.append(["SELECT", .int(Int64(options.database))]) }
        commands.append(["CLIENT", "SETNAME", .string(options.clientName)])
        commands.append(["CLIENT", "ID"])
        var encoded: [UInt8] = []
        for command in commands { encoded.appendCommand(command) }
        try link.append(encoded)
        for _ in commands.dropLast() { try link.receive().get() }
        wait.clientID.store(try link.receive().int64(), ordering: .sequentiallyConsistent)
    }
}

extension RedisReply {
    fileprivate var isNoScript: Bool {
        guard case .error(let error) = self else { return false }
        return error.isNoScript
    }
}
