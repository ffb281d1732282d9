internal import CLibPQ
import Glibc
import Logging

/// One open libpq connection and what was prepared on it; confined to the actor that made it.
@safe final class Session {
    let raw: OpaquePointer
    let logger: Logger
    var statements = StatementCache()
    private let notices: NoticeSink

    /// Connects and applies the session settings; blocks up to the connect timeout.
    init(_ options: PostgresOptions) throws(PostgresError) {
        logger = options.logger
        notices = NoticeSink(logger: options.logger)
        unsafe raw = try unsafe Self.connect(options)
        unsafe PQsetNoticeReceiver(
            raw,
            { sink, result in
                // Safe: the sink is retained by the session, which closes the connection before it lets go.
                guard let sink = unsafe sink, let result = unsafe result else { return }
                unsafe Unmanaged<NoticeSink>.fromOpaque(sink).takeUnretainedValue().log(result)
            }, Unmanaged.passUnretained(notices).toOpaque())
        try applySettings(options)
    }

    deinit { unsafe PQfinish(raw) }

    private static func connect(_ options: PostgresOptions) throws(PostgresError) -> OpaquePointer {
        // Later keywords win: the conninfo string (in place of dbname) over the first ones, the encoding over all.
        let seconds = max(2, (options.connectTimeout.wholeMilliseconds + 999) / 1000)
        let pairs = [
            ("connect_timeout", String(seconds)),
            // A server that vanished with its machine is noticed in seconds, not in the two hours of the kernel.
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"), ("fallback_application_name", options.applicationName),
            ("dbname", options.conninfo), ("client_encoding", "UTF8"),
        ]
        let (keywords, values) = (pairs.map(\.0), pairs.map(\.1))
        let raw = unsafe withCStrings(keywords) { keywords in
            unsafe withCStrings(values) { values in unsafe PQconnectdbParams(keywords, values, 1) }
        }
        guard let raw = unsafe raw else { throw PostgresError(.unreachable, "libpq is out of memory") }
        guard unsafe PQstatus(raw) == CONNECTION_OK else {
            defer { unsafe PQfinish(raw) }
            throw PostgresError(.unreachable, unsafe message(of: raw))
        }
        return unsafe raw
    }

    private func applySettings(_ options: PostgresOptions) throws(PostgresError) {
        let settings = options.sessionSettings
        guard !settings.isEmpty else { return }
        let calls = settings.map { "set_config('\($0.name)', '\($0.value)', false)" }
        _ = try simple("SELECT " + calls.joined(separator: ", "))
    }
}

// MARK: State

extension Session {
    /// True once the connection is lost; it stays so.
    var isBroken: Bool { unsafe PQstatus(raw) != CONNECTION_OK }

    var isIdle: Bool { unsafe PQtransactionStatus(raw) == PQTRANS_IDLE }

    var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(raw)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    var serverVersion: Int { unsafe Int(PQserverVersion(raw)) }

    /// Process id of the server's backend.
    var backendID: Int32 { unsafe PQbackendPID(raw) }

    /// True if an idle connection was closed from the other side, as after a server restart: an unread byte or the
    /// end of the stream waits on the socket.
    func isStale() -> Bool {
        var poll = unsafe pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
        // A closing server sends a last message first, so one read does not tell.
        while !isBroken, unsafe Glibc.poll(&poll, 1, 0) > 0, unsafe PQconsumeInput(raw) == 1 {}
        return isBroken
    }

    var cancelRequest: CancelRequest? { unsafe CancelRequest(raw) }
}

// MARK: Results and errors

extension Session {
    /// Turns what libpq returned into rows or an error.
    func check(_ pointer: OpaquePointer?) throws(PostgresError) -> ResultHandle {
        guard let pointer = unsafe pointer else { throw failure() }
        let result = unsafe ResultHandle(owning: pointer)
        switch unsafe PQresultStatus(pointer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_PIPELINE_SYNC:
            return result
        default:
            throw unsafe error(of: pointer)
        }
    }

    /// The error of a call that gave no result.
    func failure() -> PostgresError {
        PostgresError(isBroken ? .connectionLost : .misuse, unsafe Self.message(of: raw))
    }

    private func error(of result: OpaquePointer) -> PostgresError {
        func field(_ code: UnicodeScalar) -> String? {
            unsafe PQresultErrorField(result, CInt(code.value)).map { unsafe String(cString: $0) }
        }
        guard let sqlState = field("C") else {
            let message = unsafe String(cString: PQresultErrorMessage(result)).asOneLine
            return PostgresError(isBroken ? .connectionLost : .server, message)
        }
        var error = PostgresError(.server, field("M") ?? "")
        error.sqlState = sqlState
        error.detail = field("D")
        error.hint = field("H")
        error.context = field("W")
        error.constraint = field("n")
        return error
    }

    private static func message(of raw: OpaquePointer) -> String {
        unsafe String(cString: PQerrorMessage(raw)).asOneLine
    }
}

/// Hands the server's notices to the logger.
private final class NoticeSink {
    let logger: Logger

    init(logger: Logger) { self.logger = logger }

    func log(_ result: OpaquePointer) {
        func field(_ code: UnicodeScalar) -> String {
            unsafe PQresultErrorField(result, CInt(code.value)).map { unsafe String(cString: $0) } ?? ""
        }
        logger.log(
            level: field("V") == "WARNING" ? .warning : .debug, "The server sent a notice",
            metadata: ["notice": .string(field("M")), "sqlstate": .string(field("C"))])
    }
}

extension String {
    /// libpq breaks its messages into lines, some of them indented.
    fileprivate var asOneLine: String {
        split(whereSeparator: { $0 == "\n" || $0 == "\t" }).joined(separator: " ")
    }
}

/// Lends a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    let copies = unsafe strings.map { unsafe UnsafePointer<CChar>(strdup($0)) }
    defer { unsafe copies.forEach { unsafe free(UnsafeMutableRawPointer(mutating: $0)) } }
    return unsafe (copies + [nil]).withUnsafeBufferPointer { buffer in
        // The array ends in nil and so is never empty.
        unsafe body(buffer.baseAddress.unsafelyUnwrapped)
    }
}
