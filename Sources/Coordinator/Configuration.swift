import Configuration
import Logging
import Redis
import Telemetry

/// How a coordinator is set up: flags before environment before file before default.
///
/// | key (JSON file) | environment | type | default |
/// | --- | --- | --- | --- |
/// | `postgres` | `TEDI_POSTGRES` | libpq conninfo, secret | none |
/// | `dispatch` | `TEDI_DISPATCH` | `redis`, or `http` to do without | `redis` |
/// | `redis` | `TEDI_REDIS` | path of a Unix socket, host:port, or redis:// address, secret | none |
/// | `redisUser` | `TEDI_REDIS_USER` | user for Redis | that of the address |
/// | `redisPassword` | `TEDI_REDIS_PASSWORD` | password for Redis, secret | that of the address |
/// | `redisPasswordFile` | `TEDI_REDIS_PASSWORD_FILE` | file with that password | none |
/// | `redisNamespace` | `TEDI_REDIS_NAMESPACE` | prefix of every key | `tedi` |
/// | `artifacts` | `TEDI_ARTIFACTS` | directory shared with the workers | none |
/// | `listen` | `TEDI_LISTEN` | host:port; port 0 takes a free one | `127.0.0.1:8080` |
/// | `auth` | `TEDI_AUTH` | `on`: requests need an API key; `off`: everybody may do everything | `on` |
/// | `addressFile` | `TEDI_ADDRESS_FILE` | file that gets the address listened on | none |
/// | `name` | `TEDI_NAME` | name of this coordinator | host name and process id |
/// | `connections` | `TEDI_CONNECTIONS` | connections to PostgreSQL, 2 to 100 | 8 |
/// | `httpConnections` | `TEDI_HTTP_CONNECTIONS` | connections of clients at once, 16 to 1000000, as far as there are file descriptors | 16384 |
/// | `httpHeadSeconds` | `TEDI_HTTP_HEAD_SECONDS` | time for the head of a first request, 1 to 600 | 10 |
/// | `httpPatienceSeconds` | `TEDI_HTTP_PATIENCE_SECONDS` | time that a body may be behind 1 KiB/s, 1 to 3600 | 60 |
/// | `window` | `TEDI_WINDOW` | jobs of a lane in Redis, 1 to 100000 | 5000 |
/// | `leaseSeconds` | `TEDI_LEASE_SECONDS` | how long a worker may be silent, 3 to 600; workers need the same | 12 |
/// | `retentionDays` | `TEDI_RETENTION_DAYS` | days to keep batches after their end, 1 to 36500 | for ever |
/// | `drainSeconds` | `TEDI_DRAIN_SECONDS` | time to finish after SIGTERM, 1 to 3600 | 30 |
/// | `logLevel` | `TEDI_LOG_LEVEL` | trace … critical | `info` |
struct CoordinatorConfiguration: Sendable {
    var postgres: String
    /// Absent where workers claim over HTTP only.
    var redis: String?
    var redisUser: String?
    var redisPassword: String?
    var redisPasswordFile: String?
    var redisNamespace = "tedi"
    var artifacts: String
    var host = "127.0.0.1"
    var port = 8080
    /// Whether requests need an API key.
    var needsKeys = true
    var addressFile: String?
    var name: String
    var connections = 8
    var httpConnections = 16_384
    var httpHead = Duration.seconds(10)
    var httpPatience = Duration.seconds(60)
    var window = 5_000
    var lease = Duration.seconds(12)
    var drain = Duration.seconds(30)
    var retention: Duration?
    var logLevel = Logger.Level.info
}

extension CoordinatorConfiguration {
    /// Reads and checks every key; the first mistake is thrown with the words to mend it.
    init(_ reader: ConfigReader, defaultName: String) throws(StartupError) {
        postgres = try Self.postgres(in: reader)
        switch reader.string(forKey: "dispatch", default: "redis") {
        case "redis":
            redis = try Self.required(
                "redis", in: reader, isSecret: true,
                example: "--redis or TEDI_REDIS=/run/redis/redis.sock, or do without it: --dispatch http")
        case "http": redis = nil
        case let other:
            throw StartupError(
                "\"dispatch\" is \"\(Problems.readable(other))\"", remedy: "Give it redis, or http to do without Redis")
        }
        redisUser = reader.string(forKey: "redisUser")
        redisPassword = reader.string(forKey: "redisPassword", isSecret: true)
        redisPasswordFile = reader.string(forKey: "redisPasswordFile")
        needsKeys = try Self.auth(in: reader)
        artifacts = try Self.required(
            "artifacts", in: reader, example: "--artifacts or TEDI_ARTIFACTS=/var/lib/tedi/artifacts")
        redisNamespace = reader.string(forKey: "redisNamespace", default: "tedi")
        guard (1...64).contains(redisNamespace.utf8.count),
            redisNamespace.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x7B && $0 != 0x7D })
        else {
            throw StartupError(
                "The Redis namespace is not valid",
                remedy: "Give TEDI_REDIS_NAMESPACE 1 to 64 printable characters, no space and no brace")
        }
        (host, port) = try Self.address(reader.string(forKey: "listen", default: "127.0.0.1:8080"))
        addressFile = reader.string(forKey: "addressFile")
        name = reader.string(forKey: "name", default: defaultName)
        connections = try Self.number("connections", in: reader, range: 2...100, default: 8)
        httpConnections = try Self.number("httpConnections", in: reader, range: 16...1_000_000, default: 16_384)
        httpHead = .seconds(try Self.number("httpHeadSeconds", in: reader, range: 1...600, default: 10))
        httpPatience = .seconds(try Self.number("httpPatienceSeconds", in: reader, range: 1...3_600, default: 60))
        window = try Self.number("window", in: reader, range: 1...100_000, default: 5_000)
        lease = .seconds(try Self.number("leaseSeconds", in: reader, range: 3...600, default: 12))
        drain = .seconds(try Self.number("drainSeconds", in: reader, range: 1...3_600, default: 30))
        let days = try Self.number("retentionDays", in: reader, range: 0...36_500, default: 0)
        retention = days == 0 ? nil : .seconds(days * 86_400)
        logLevel = try Self.logLevel(in: reader)
    }

    /// The conninfo string, which may hold a password.
    static func postgres(in reader: ConfigReader) throws(StartupError) -> String {
        try required(
            "postgres", in: reader, isSecret: true,
            example: "--postgres or TEDI_POSTGRES=\"host=/run/postgresql dbname=tedi\"")
    }

    /// Whether requests need an API key.
    private static func auth(in reader: ConfigReader) throws(StartupError) -> Bool {
        switch reader.string(forKey: "auth", default: "on") {
        case "on": true
        case "off": false
        case let text:
            throw StartupError("\"auth\" is \"\(Problems.readable(text))\"", remedy: "Give TEDI_AUTH on or off")
        }
    }

    /// Where Redis is, and as whom to log in there.
    func redisOptions() throws(RedisError) -> RedisOptions? {
        guard let redis else { return nil }
        return try RedisOptions(
            address: redis, username: redisUser, password: redisPassword, passwordFile: redisPasswordFile)
    }

    /// The level of the log, which is wanted before everything else is known to be right.
    static func logLevel(in reader: ConfigReader) throws(StartupError) -> Logger.Level {
        let text = reader.string(forKey: "logLevel")
        guard let level = Bootstrap.level(text) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw StartupError(
                "\"\(Problems.readable(text ?? ""))\" is no log level", remedy: "Give TEDI_LOG_LEVEL one of \(levels)")
        }
        return level
    }

    /// Splits host:port; an IPv6 address stands in brackets.
    static func address(_ text: String) throws(StartupError) -> (host: String, port: Int) {
        let colon = text.lastIndex(of: ":") ?? text.startIndex
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, let port = Int(text[colon...].dropFirst()), (0...65_535).contains(port) else {
            throw StartupError(
                "\"\(Problems.readable(text))\" is no address to listen on",
                remedy: "Write host:port, for example --listen 127.0.0.1:8080")
        }
        return (String(host), port)
    }

    private static func required(
        _ key: String, in reader: ConfigReader, isSecret: Bool = false, example: String
    ) throws(StartupError) -> String {
        guard let value = reader.string(forKey: ConfigKey(key), isSecret: isSecret), !value.isEmpty else {
            throw StartupError("\"\(key)\" is not set", remedy: "Give it, for example \(example)")
        }
        return value
    }

    private static func number(
        _ key: String, in reader: ConfigReader, range: ClosedRange<Int>, default fallback: Int
    ) throws(StartupError) -> Int {
        guard let text = reader.string(forKey: ConfigKey(key)) ?? reader.int(forKey: ConfigKey(key)).map(String.init)
        else {
            return fallback
        }
        guard let value = Int(text), range.contains(value) else {
            throw StartupError(
                "\"\(key)\" is \"\(Problems.readable(text))\"",
                remedy: "Give it a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}

extension ConfigReader {
    /// A reader of flags, environment and an optional JSON file, the first that has a key winning.
    ///
    /// - Parameters:
    ///   - flags: Values of the command line, by key.
    ///   - file: Path of the file; it must be there when it is given.
    ///   - environment: The environment, where it is not that of the process.
    static func coordinator(
        flags: [String: String], file: String?, environment: [String: String]? = nil
    ) async throws(StartupError) -> ConfigReader {
        let values = flags.map {
            (AbsoluteConfigKey([$0]), ConfigValue(.string($1), isSecret: $0 == "postgres" || $0 == "redis"))
        }
        let secrets = SecretsSpecifier<String, String>.specific(["TEDI_POSTGRES", "TEDI_REDIS", "TEDI_REDIS_PASSWORD"])
        let variables = environment.map {
            EnvironmentVariablesProvider(environmentVariables: $0, secretsSpecifier: secrets)
        }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: values)),
            (variables ?? EnvironmentVariablesProvider(secretsSpecifier: secrets)).prefixKeys(with: "tedi"),
        ]
        if let file {
            do {
                let location = ConfigReader(
                    provider: InMemoryProvider(values: ["filePath": ConfigValue(.string(file), isSecret: false)]))
                providers.append(try await FileProvider<JSONSnapshot>(config: location))
            } catch {
                throw StartupError(
                    "The configuration file \(file) cannot be read (\(error))",
                    remedy: "Mend it, or leave --config and TEDI_CONFIG away")
            }
        }
        return ConfigReader(providers: providers)
    }
}
