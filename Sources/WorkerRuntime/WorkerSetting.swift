package import Configuration

/// The settings of a worker, one place for flags, variables, defaults and help.
package enum WorkerSetting: String, CaseIterable {
    case dispatch
    case api
    case apiKey
    case redis
    case redisUser
    case redisPassword
    case redisPasswordFile
    case namespace
    case artifacts
    case pack
    case warm
    case name
    case device
    case precision
    case threads
    case batch
    case pool
    case drainSeconds
    case leaseSeconds
    case logLevel
    case metricsFile

    /// Name in the environment.
    package var variable: String {
        switch self {
        case .dispatch: "TEDI_DISPATCH"
        case .api: "TEDI_API"
        case .apiKey: "TEDI_API_KEY"
        case .redis: "TEDI_REDIS"
        case .redisUser: "TEDI_REDIS_USER"
        case .redisPassword: "TEDI_REDIS_PASSWORD"
        case .redisPasswordFile: "TEDI_REDIS_PASSWORD_FILE"
        case .namespace: "TEDI_REDIS_NAMESPACE"
        case .artifacts: "TEDI_ARTIFACTS"
        case .pack: "TEDI_PACK"
        case .warm: "TEDI_WARM"
        case .name: "TEDI_NAME"
        case .device: "TEDI_DEVICE"
        case .precision: "TEDI_PRECISION"
        case .threads: "TEDI_THREADS"
        case .batch: "TEDI_BATCH"
        case .pool: "TEDI_POOL"
        case .drainSeconds: "TEDI_DRAIN_SECONDS"
        case .leaseSeconds: "TEDI_LEASE_SECONDS"
        case .logLevel: "TEDI_LOG_LEVEL"
        case .metricsFile: "TEDI_METRICS_FILE"
        }
    }

    /// Name on the command line; that of the variable for what never stands there, being secret.
    package var flag: String {
        switch self {
        case .dispatch, .api, .redis, .namespace, .artifacts, .pack, .warm, .name, .device, .precision, .threads,
            .batch, .pool:
            "--\(rawValue)"
        case .redisUser: "--redis-user"
        case .redisPassword, .apiKey: variable
        case .redisPasswordFile: "--redis-password-file"
        case .drainSeconds: "--drain-seconds"
        case .leaseSeconds: "--lease-seconds"
        case .logLevel: "--log-level"
        case .metricsFile: "--metrics-file"
        }
    }

    /// Name in the configuration: the variable's words, so that the environment provider finds it.
    package var key: ConfigKey {
        ConfigKey(variable.lowercased().split(separator: "_").map(String.init))
    }
}

/// A setting that cannot be used, with its names and what would do.
package struct WorkerConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One sentence that names the setting, its value and what is accepted.
    package let description: String

    package init(_ setting: WorkerSetting, _ problem: String) {
        description = "\(setting.flag) (or \(setting.variable)) \(problem)"
    }
}
