/// Commands that travel to Redis together, one round trip for all, already encoded.
///
/// A pipeline is a value that can be built anywhere and sent more than once. It is not a transaction: commands of
/// other clients may run in between.
public struct RedisPipeline: Sendable {
    struct ScriptCall: Sendable {
        var index: Int
        var script: RedisScript
        var range: Range<Int>
    }

    private(set) var encoded: [UInt8] = []
    private(set) var scriptCalls: [ScriptCall] = []
    /// Number of commands.
    public private(set) var count = 0

    /// Makes an empty pipeline.
    public init() {}

    /// True if there is no command.
    public var isEmpty: Bool { count == 0 }

    /// Size of the encoded commands.
    public var byteCount: Int { encoded.count }

    /// Appends a command.
    public mutating func append(_ arguments: [RedisArgument]) {
        precondition(!arguments.isEmpty, "a command needs a name")
        encoded.appendCommand(arguments)
        count += 1
    }

    /// Appends a command.
    public mutating func append(_ arguments: RedisArgument...) {
        append(arguments)
    }

    /// Appends the call of a script.
    ///
    /// The connection loads scripts it has not sent before ahead of the pipeline. Should another client flush the
    /// script cache in between, calls that found no script, and so did nothing, are sent again after the rest.
    public mutating func append(_ script: RedisScript, keys: [RedisArgument], arguments: [RedisArgument] = []) {
        let start = encoded.count
        encoded.appendCall(script, keys, arguments)
        scriptCalls.append(ScriptCall(index: count, script: script, range: start..<encoded.count))
        count += 1
    }

    /// Empties the pipeline and keeps its memory.
    public mutating func removeAll() {
        encoded.removeAll(keepingCapacity: true)
        scriptCalls.removeAll(keepingCapacity: true)
        count = 0
    }
}
