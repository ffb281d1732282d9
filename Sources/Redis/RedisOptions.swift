public import Logging

/// Where a Redis server listens.
public enum RedisEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A Unix socket.
    case unix(path: String)
    /// A TCP port.
    case tcp(host: String, port: Int)

    /// Reads a socket path (`/run/redis.sock`, `unix:/run/redis.sock`) or `host:port`.
    /// - Throws: `RedisError` with reason `misuse` if it is neither.
    public init(_ address: String) throws(RedisError) {
        let path = address.hasPrefix("unix:") ? String(address.dropFirst(5)) : address
        if path.hasPrefix("/") {
            // The kernel's limit, with the byte that ends the string (unix(7)).
            guard path.utf8.count < 108 else {
                throw RedisError(.misuse, "the socket path \(path) is longer than the 107 bytes that Linux allows")
            }
            self = .unix(path: path)
            return
        }
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (1...65_535).contains(port), colon > address.startIndex
        else {
            // With an @ in it, it may hold a password.
            let what = address.contains("@") ? "the Redis address" : address
            throw RedisError(.misuse, "\(what) is neither a socket path nor host:port, for example 127.0.0.1:6379")
        }
        self = .tcp(host: String(address[..<colon]), port: port)
    }

    /// The socket path, or `host:port`.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}

/// Where a Redis server is and how connections to it behave.
public struct RedisOptions: Sendable {
    /// Where the server listens.
    public var endpoint: RedisEndpoint
    /// User for AUTH; nil means the default user.
    public var username: String?
    /// Password for AUTH; nil means none is sent.
    public var password: String?
    /// Number of the database.
    public var database: Int
    /// Shown in CLIENT LIST; no spaces.
    public var clientName: String
    /// How long a connection may take to open.
    public var connectTimeout: Duration
    /// How long an answer may take.
    public var timeout: Duration
    /// Receives what connections go through.
    public var logger: Logger

    /// Describes a server; nothing is opened yet.
    public init(
        _ endpoint: RedisEndpoint,
        username: String? = nil,
        password: String? = nil,
        database: Int = 0,
        clientName: String = "tedi",
        connectTimeout: Duration = .seconds(5),
        timeout: Duration = .seconds(10),
        logger: Logger = Logger(label: "tedi.redis")
    ) {
        self.endpoint = endpoint
        self.username = username
        self.password = password
        self.database = database
        self.clientName = clientName
        self.connectTimeout = connectTimeout
        self.timeout = timeout
        self.logger = logger
    }

    /// Describes a server by `/path/to/socket`, `host:port` or `redis://user:password@host:port/database`.
    /// - Parameters:
    ///   - address: Where the server is.
    ///   - username: User for AUTH; wins over that of the address.
    ///   - password: Password for AUTH; wins over that of the address.
    ///   - passwordFile: A file with the password, for those who want it in no environment; its end of line does not
    ///     count.
    /// - Throws: `RedisError` with reason `misuse` if the address is none of these, or the file cannot be read.
    public init(
        address: String, username: String? = nil, password: String? = nil, passwordFile: String? = nil
    ) throws(RedisError) {
        if let url = try RedisAddress(address) {
            self.init(url.endpoint, username: url.username, password: url.password, database: url.database)
        } else {
            self.init(try RedisEndpoint(address))
        }
        if let username, !username.isEmpty { self.username = username }
        if let passwordFile, !passwordFile.isEmpty { self.password = try RedisAddress.password(in: passwordFile) }
        if let password, !password.isEmpty { self.password = password }
        guard self.username == nil || self.password != nil else {
            throw RedisError(.misuse, "a user for Redis is given but no password; give both")
        }
    }
}
