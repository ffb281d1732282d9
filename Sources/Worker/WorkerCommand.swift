public import ArgumentParser
package import Configuration

/// `tedi-worker`: runs a model on jobs from the queue.
///
/// A binary that is linked against LibTorch does not start where LibTorch is not found, and cannot say so itself: the
/// loader does. `tedi doctor`, which needs no LibTorch, runs `tedi-worker check` and explains that message.
public struct WorkerCommand: AsyncParsableCommand {
    /// Name, summary, version and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-worker",
        abstract: "Draws faces for jobs from the queue.",
        discussion: """
            Settings come from flags, else from the environment (TEDI_REDIS, TEDI_ARTIFACTS, TEDI_PACK, …), else from \
            defaults.

            Example: tedi-worker run --redis /run/tedi/redis.sock --artifacts /var/lib/tedi/artifacts --pack demo.pack
            """,
        version: Versions.tedi,
        subcommands: [RunCommand.self, CheckCommand.self],
        defaultSubcommand: RunCommand.self)

    /// Creates the command.
    public init() {}
}

/// The flags that both subcommands take.
package struct WorkerOptions: ParsableArguments {
    @Option(help: "Redis: path of a Unix socket, or host:port [TEDI_REDIS].")
    var redis: String?

    @Option(help: "Prefix of all Redis keys [TEDI_REDIS_NAMESPACE].")
    var namespace: String?

    @Option(help: "Folder that coordinator and workers share [TEDI_ARTIFACTS].")
    var artifacts: String?

    @Option(help: "Folder of the model pack [TEDI_PACK].")
    var pack: String?

    @Option(help: "cpu, cuda or cuda:<number> [TEDI_DEVICE].")
    var device: String?

    @Option(help: "Threads of one tensor operation; 0: as many as there are cores [TEDI_THREADS].")
    var threads: String?

    @Option(help: "Pictures in one forward pass [TEDI_BATCH].")
    var batch: String?

    @Option(help: "Group of workers that are woken together [TEDI_POOL].")
    var pool: String?

    @Option(help: "Seconds that work under way may go on after SIGTERM [TEDI_DRAIN_SECONDS].")
    var drainSeconds: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical [TEDI_LOG_LEVEL].")
    var logLevel: String?

    @Option(help: "File to write the metrics to every 15 s, as Prometheus text [TEDI_METRICS_FILE].")
    var metricsFile: String?

    /// No flags at all.
    package init() {}

    /// The settings: these flags over the environment.
    package func configuration(
        environment: any ConfigProvider = EnvironmentVariablesProvider()
    ) throws(WorkerConfigurationError) -> WorkerConfiguration {
        let given: [(WorkerSetting, String?)] = [
            (.redis, redis), (.namespace, namespace), (.artifacts, artifacts), (.pack, pack), (.device, device),
            (.threads, threads), (.batch, batch), (.pool, pool), (.drainSeconds, drainSeconds), (.logLevel, logLevel),
            (.metricsFile, metricsFile),
        ]
        var flags: [AbsoluteConfigKey: ConfigValue] = [:]
        for case (let setting, let value?) in given {
            flags[AbsoluteConfigKey(setting.key)] = ConfigValue(stringLiteral: value)
        }
        return try WorkerConfiguration(
            reader: ConfigReader(providers: [InMemoryProvider(name: "flags", values: flags), environment]))
    }
}
