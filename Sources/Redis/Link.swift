internal import CHiredis
import Glibc

/// One open hiredis connection; confined to the actor that made it.
@safe final class Link {
    private let context: UnsafeMutablePointer<redisContext>
    private var timeout: Duration

    /// Connects; blocks up to the connect timeout.
    init(_ options: RedisOptions) throws(RedisError) {
        let opened: UnsafeMutablePointer<redisContext>? =
            switch options.endpoint {
            case .unix(let path): unsafe redisConnectUnixWithTimeout(path, options.connectTimeout.timeval)
            case .tcp(let host, let port):
                unsafe redisConnectWithTimeout(host, CInt(port), options.connectTimeout.timeval)
            }
        guard let opened = unsafe opened else { throw RedisError(.unreachable, "hiredis is out of memory") }
        guard unsafe opened.pointee.err == 0 else {
            defer { unsafe redisFree(opened) }
            let message = unsafe Self.message(of: opened)
            throw RedisError(.unreachable, "cannot connect to Redis at \(options.endpoint): \(message)")
        }
        unsafe context = unsafe opened
        // hiredis lets its sockets pass to programs that this process starts, which would keep the connection open.
        _ = unsafe fcntl(opened.pointee.fd, F_SETFD, FD_CLOEXEC)
        timeout = options.timeout
        unsafe redisSetTimeout(context, timeout.timeval)
        if case .tcp = options.endpoint { unsafe redisEnableKeepAlive(context) }
    }

    deinit { unsafe redisFree(context) }

    /// True if the server closed the connection while it was idle: then the end of the stream waits on the socket.
    func isStale() -> Bool {
        var poll = unsafe pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return unsafe Glibc.poll(&poll, 1, 0) > 0
    }

    /// Bounds the wait for answers from now on.
    func setTimeout(_ timeout: Duration) throws(RedisError) {
        guard timeout != self.timeout else { return }
        guard unsafe redisSetTimeout(context, timeout.timeval) == REDIS_OK else { throw failure(errno) }
        self.timeout = timeout
    }

    /// Queues encoded commands; they leave with the next `receive`.
    func append(_ encoded: [UInt8]) throws(RedisError) {
        let status = unsafe encoded.withUnsafeBytes { bytes in
            unsafe redisAppendFormattedCommand(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard status == REDIS_OK else { throw failure(errno) }
    }

    /// Sends what is queued and waits for one answer.
    func receive() throws(RedisError) -> RedisReply {
        var pointer: UnsafeMutableRawPointer?
        let status = unsafe redisGetReply(context, &pointer)
        let code = errno
        guard status == REDIS_OK, let pointer = unsafe pointer else { throw failure(code) }
        defer { unsafe freeReplyObject(pointer) }
        return unsafe RedisReply(pointer.assumingMemoryBound(to: redisReply.self))
    }

    private func failure(_ code: CInt) -> RedisError {
        let message = unsafe Self.message(of: context)
        switch unsafe context.pointee.err {
        case REDIS_ERR_IO where code == EAGAIN || code == EWOULDBLOCK:
            return RedisError(.timeout, "Redis did not answer within \(timeout)")
        case REDIS_ERR_PROTOCOL: return RedisError(.unexpectedReply, "not a Redis answer: \(message)")
        default: return RedisError(.connectionLost, "the connection to Redis was lost: \(message)")
        }
    }

    private static func message(of context: UnsafeMutablePointer<redisContext>) -> String {
        unsafe withUnsafeBytes(of: context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

extension RedisReply {
    /// Copies an answer out of hiredis's memory; nesting is bounded by hiredis's parser.
    fileprivate init(_ pointer: UnsafeMutablePointer<redisReply>) {
        let reply = unsafe pointer.pointee
        switch unsafe reply.type {
        case REDIS_REPLY_INTEGER: self = unsafe .integer(Int64(reply.integer))
        case REDIS_REPLY_STRING: self = unsafe .bytes(Array(reply.text))
        case REDIS_REPLY_STATUS: self = unsafe .status(String(decoding: reply.text, as: UTF8.self))
        case REDIS_REPLY_ERROR: self = unsafe .error(RedisError(reply: String(decoding: reply.text, as: UTF8.self)))
        case REDIS_REPLY_ARRAY:
            let elements = unsafe UnsafeBufferPointer(start: reply.element, count: reply.elements)
            self = unsafe .array(elements.map { unsafe $0.map { unsafe RedisReply($0) } ?? .null })
        default: self = .null
        }
    }
}

extension redisReply {
    fileprivate var text: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: str, count: len) }
}

extension Duration {
    /// At least a microsecond: zero would mean forever.
    fileprivate var timeval: timeval {
        let microseconds = max(1, components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000)
        return Glibc.timeval(tv_sec: Int(microseconds / 1_000_000), tv_usec: Int(microseconds % 1_000_000))
    }
}
