import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// HTTP/1 with a ``ConnectionGuard`` on every connection.
struct GuardedHTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let base: HTTP1Channel
    private let limits: ConnectionLimits
    private let connections: UseCount

    init(_ base: HTTP1Channel, limits: ConnectionLimits) {
        self.base = base
        self.limits = limits
        connections = UseCount(limit: limits.connections)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let isRefused = !connections.enter()
        if !isRefused { channel.closeFuture.whenComplete { [connections] _ in connections.leave() } }
        return base.setup(channel: channel, logger: logger).flatMapThrowing { [limits] value in
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(ConnectionGuard(limits, isRefused: isRefused), position: .after(decoder))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1 within limits.
    static func guarded(_ limits: ConnectionLimits) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
                maxHeaderFieldSize: limits.headerFieldBytes, maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerFields)
            let configuration = HTTP1Channel.Configuration(
                idleTimeout: limits.idle, httpDecoderConfiguration: decoder)
            return GuardedHTTPChannel(
                HTTP1Channel(responder: responder, configuration: configuration), limits: limits)
        }
    }
}
