import ArgumentParser
package import Configuration
import Foundation

/// The flags of every worker, whatever it runs.
package struct WorkerOptions: ParsableArguments {
    @Option(help: "redis, or http: claim from the coordinator, slower but without Redis [TEDI_DISPATCH].")
    var dispatch: String?

    @Option(help: "Address of the coordinator, for --dispatch http [TEDI_API].")
    var api: String?

    @Option(help: "Redis: path of a Unix socket, or host:port [TEDI_REDIS].")
    var redis: String?

    @Option(help: "User for Redis; its password: TEDI_REDIS_PASSWORD [TEDI_REDIS_USER].")
    var redisUser: String?

    @Option(help: "File with the password for Redis [TEDI_REDIS_PASSWORD_FILE].")
    var redisPasswordFile: String?

    @Option(help: "Prefix of all Redis keys [TEDI_REDIS_NAMESPACE].")
    var namespace: String?

    @Option(help: "Folder that coordinator and workers share [TEDI_ARTIFACTS].")
    var artifacts: String?

    @Option(help: "Name of this worker, no other's (default: machine, process and a random part) [TEDI_NAME].")
    var name: String?

    @Option(help: "Pictures in one forward pass [TEDI_BATCH].")
    var batch: String?

    @Option(help: "Group of workers that are woken together [TEDI_POOL].")
    var pool: String?

    @Option(help: "Seconds that work under way may go on after SIGTERM [TEDI_DRAIN_SECONDS].")
    var drainSeconds: String?

    @Option(help: "Seconds of silence after which others get this worker's jobs [TEDI_LEASE_SECONDS].")
    var leaseSeconds: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical [TEDI_LOG_LEVEL].")
    var logLevel: String?

    @Option(help: "File to write the metrics to every 15 s, as Prometheus text [TEDI_METRICS_FILE].")
    var metricsFile: String?

    /// No flags at all.
    package init() {}

    /// The settings: these flags and `more` over the environment.
    package func configuration(
        more: [WorkerSetting: String] = [:], environment: any ConfigProvider = EnvironmentVariablesProvider()
    ) throws(WorkerConfigurationError) -> WorkerConfiguration {
        // What stands on the command line, every user of the machine can read.
        guard redis?.contains("@") != true else {
            throw WorkerConfigurationError(
                .redis, "has a password on the command line; give it by a variable or a file")
        }
        let given: [(WorkerSetting, String?)] = [
            (.dispatch, dispatch), (.api, api), (.redis, redis), (.redisUser, redisUser),
            (.redisPasswordFile, redisPasswordFile), (.namespace, namespace), (.artifacts, artifacts), (.name, name),
            (.batch, batch), (.pool, pool), (.drainSeconds, drainSeconds), (.leaseSeconds, leaseSeconds),
            (.logLevel, logLevel), (.metricsFile, metricsFile),
        ]
        var flags: [AbsoluteConfigKey: ConfigValue] = [:]
        for case (let setting, let value?) in given + more.map({ ($0.key, Optional($0.value)) }) {
            flags[AbsoluteConfigKey(setting.key)] = ConfigValue(stringLiteral: value)
        }
        return try WorkerConfiguration(
            reader: ConfigReader(providers: [InMemoryProvider(name: "flags", values: flags), environment]))
    }

    /// The settings, or a message and exit code 2.
    package func checkedConfiguration(
        program: String, more: [WorkerSetting: String] = [:]
    ) throws -> WorkerConfiguration {
        do {
            return try configuration(more: more)
        } catch {
            FileHandle.standardError.write(Data("\(program): \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}
