import NIOCore

/// What one client may take up at most: connections, time and patience.
///
/// A client that keeps to them is never in their way; one that does not is told so where it still listens, and its
/// connection is closed.
struct ConnectionLimits: Sendable, Equatable {
    /// Connections at once, over all clients.
    var connections = 16_384
    /// Time from the opening of a connection to the end of the first request's head.
    var head = TimeAmount.seconds(10)
    /// Time that a client may be behind ``bytesPerSecond`` while its body is waited for.
    var patience = TimeAmount.seconds(60)
    /// Slowest body that is waited for, on average; more than ``patience`` behind is too slow.
    var bytesPerSecond = 1_024
    /// Time that a client may leave an answer unread that does not fit into the buffers.
    var stall = TimeAmount.seconds(120)
    /// Time without a request after which a connection is closed.
    var idle = TimeAmount.seconds(120)
    /// Time to read on behind an answer that came before the end of the body, so that the client sees the answer.
    var linger = TimeAmount.seconds(5)
    /// Bytes to read on at most, as above.
    var lingerBytes = 64 << 20
    /// Most bytes of one header field, and of the request line.
    var headerFieldBytes = 16 << 10
    /// Most bytes of all header fields.
    var headerBytes = 32 << 10
    /// Most header fields.
    var headerFields = 100
    /// Connections that may wait to be accepted: a burst must not cost a normal client a second of repetition.
    var backlog = 4_096
}
