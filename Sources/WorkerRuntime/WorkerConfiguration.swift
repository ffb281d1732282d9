package import Configuration
package import Jobs
package import Logging
package import Redis
import Telemetry

/// Everything a worker can be told; flags win over the environment, which wins over defaults.
///
/// | variable | flag | type | default |
/// | --- | --- | --- | --- |
/// | `TEDI_DISPATCH` | `--dispatch` | `redis`, or `http` to claim from the coordinator | `redis` |
/// | `TEDI_API` | `--api` | address of the coordinator, for `http` | none |
/// | `TEDI_API_KEY` | | API key of scope `worker`, for `http` | none |
/// | `TEDI_REDIS` | `--redis` | socket path, host:port or redis:// address | `127.0.0.1:6379` |
/// | `TEDI_REDIS_USER` | `--redis-user` | user for Redis | that of the address |
/// | `TEDI_REDIS_PASSWORD` | | password for Redis | that of the address |
/// | `TEDI_REDIS_PASSWORD_FILE` | `--redis-password-file` | file with that password | none |
/// | `TEDI_REDIS_NAMESPACE` | `--namespace` | string | `tedi` |
/// | `TEDI_ARTIFACTS` | `--artifacts` | folder | required |
/// | `TEDI_PACK` | `--pack` | folders of model packs, `:` between | required by tedi-worker |
/// | `TEDI_WARM` | `--warm` | models in memory at once, 1...64 | all |
/// | `TEDI_DEVICE` | `--device` | `cpu`, `cuda`, `cuda:<n>` | `cpu` |
/// | `TEDI_PRECISION` | `--precision` | `float32`, `bfloat16`: of the pixels inside the generator | `float32` |
/// | `TEDI_THREADS` | `--threads` | 0...1024; 0 = as many as there are cores | `0` |
/// | `TEDI_NAME` | `--name` | name of this worker | machine, process and a random part |
/// | `TEDI_BATCH` | `--batch` | pictures in one forward pass, 1...256 | `16` |
/// | `TEDI_POOL` | `--pool` | string | `default` |
/// | `TEDI_DRAIN_SECONDS` | `--drain-seconds` | 1...3600 | `25` |
/// | `TEDI_LEASE_SECONDS` | `--lease-seconds` | how long this worker may be silent, 3...600; the coordinator's | `12` |
/// | `TEDI_LOG_LEVEL` | `--log-level` | trace...critical | `info` |
/// | `TEDI_METRICS_FILE` | `--metrics-file` | file for Prometheus text | none |
package struct WorkerConfiguration: Sendable {
    /// Address of the coordinator to claim from, where there is no Redis; `nil` to claim from Redis.
    package var api: String?
    /// Who this worker is for the coordinator, where that asks for API keys.
    package var apiKey: String?
    /// Redis: path of a Unix socket, host:port, or an address that may hold a password.
    package var redis = "127.0.0.1:6379"
    /// User for Redis; that of the address where absent.
    package var redisUser: String?
    /// Password for Redis; that of the address where absent.
    package var redisPassword: String?
    /// File with that password.
    package var redisPasswordFile: String?
    /// Prefix of every Redis key; the coordinator must have the same.
    package var namespace = "tedi"
    /// Folder that coordinator and workers share.
    package var artifacts: String
    /// Folders of the model packs.
    package var packs: [String]
    /// Models in memory at once; all of them where absent.
    package var warm: Int?
    /// Name of this worker; made up where absent.
    package var name: WorkerName?
    /// Where tensors live: `cpu`, `cuda` or `cuda:<n>`.
    package var device = "cpu"
    /// Type of the pixels inside the generator.
    package var precision = PixelPrecision.float32
    /// Threads of one tensor operation; 0 means as many as there are cores.
    package var threads = 0
    /// Most pictures in one forward pass.
    package var batch = 16
    /// Group of workers that are woken together.
    package var pool = "default"
    /// How long work that is under way may go on after SIGTERM, in seconds.
    package var drainSeconds = 25
    /// How long this worker may be silent before its jobs go to others, in seconds; the coordinator must have the same.
    package var leaseSeconds = 12
    /// Least severe level that is logged.
    package var logLevel = Logger.Level.info
    /// File that the metrics are written to every 15 s, for a collector that reads files.
    package var metricsFile: String?

    /// A configuration with defaults for the rest.
    package init(artifacts: String, packs: [String] = []) {
        self.artifacts = artifacts
        self.packs = packs
    }

    /// Reads every setting from `reader`; the first unusable one is thrown.
    package init(reader: ConfigReader) throws(WorkerConfigurationError) {
        func text(_ setting: WorkerSetting) -> String? {
            reader.string(forKey: setting.key).flatMap { $0.isEmpty ? nil : $0 }
        }
        func required(_ setting: WorkerSetting, _ what: String) throws(WorkerConfigurationError) -> String {
            guard let value = text(setting) else { throw WorkerConfigurationError(setting, "is not set; give \(what)") }
            return value
        }
        func number(
            _ setting: WorkerSetting, in range: ClosedRange<Int>, default fallback: Int
        ) throws(WorkerConfigurationError) -> Int {
            guard let value = text(setting) else { return fallback }
            guard let number = Int(value), range.contains(number) else {
                let bounds = "a whole number from \(range.lowerBound) to \(range.upperBound)"
                throw WorkerConfigurationError(setting, "is “\(value)”; give \(bounds)")
            }
            return number
        }
        self.init(
            artifacts: try required(.artifacts, "the folder that coordinator and workers share"),
            packs: (text(.pack) ?? "").split(separator: ":").map(String.init))
        if text(.warm) != nil { warm = try number(.warm, in: 1...64, default: 1) }
        if let name = text(.name) {
            guard let valid = WorkerName(rawValue: name) else {
                throw WorkerConfigurationError(
                    .name, "is “\(name)”; give 1 to 128 printable characters without a space")
            }
            self.name = valid
        }
        redis = text(.redis) ?? redis
        switch text(.dispatch) ?? "redis" {
        case "redis": break
        case "http": api = try required(.api, "the address of the coordinator, such as http://127.0.0.1:8080")
        case let other: throw WorkerConfigurationError(.dispatch, "is “\(other)”; give redis or http")
        }
        apiKey = text(.apiKey)
        redisUser = text(.redisUser)
        redisPassword = text(.redisPassword)
        redisPasswordFile = text(.redisPasswordFile)
        namespace = text(.namespace) ?? namespace
        device = text(.device) ?? device
        let precision = text(.precision) ?? precision.rawValue
        guard let precision = PixelPrecision(rawValue: precision) else {
            throw WorkerConfigurationError(.precision, "is “\(precision)”; give float32 or bfloat16")
        }
        self.precision = precision
        threads = try number(.threads, in: 0...1024, default: threads)
        batch = try number(.batch, in: 1...256, default: batch)
        pool = text(.pool) ?? pool
        drainSeconds = try number(.drainSeconds, in: 1...3600, default: drainSeconds)
        leaseSeconds = try number(.leaseSeconds, in: 3...600, default: leaseSeconds)
        metricsFile = text(.metricsFile)
        guard let level = Bootstrap.level(text(.logLevel), default: logLevel) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw WorkerConfigurationError(.logLevel, "is “\(text(.logLevel) ?? "")”; give one of \(levels)")
        }
        logLevel = level
    }
}

extension WorkerConfiguration {
    /// Where Redis is, and as whom to log in there.
    package func redisOptions() throws(RedisError) -> RedisOptions {
        try RedisOptions(
            address: redis, username: redisUser, password: redisPassword, passwordFile: redisPasswordFile)
    }
}

/// Type of the pixels inside a generator; codes, weights and pictures are the same outside.
package enum PixelPrecision: String, Sendable {
    /// What models are trained in.
    case float32
    /// Half the bytes and, where the processor multiplies it, twice the speed; pictures differ by a little noise.
    case bfloat16
}
