import Artifacts
import Foundation
import Hummingbird
import JobDispatch
import JobStore
import Logging
import Metrics
import Postgres
import Redis
import ServiceLifecycle
import Telemetry

/// The parts of a coordinator and how they hang together: everything is made here, and nothing elsewhere.
struct Coordinator: Sendable {
    /// Connections of the services: one for each, so that uploads can never keep the leader from renewing its lease.
    private static let serviceConnections = 12
    /// Connections of workers without Redis, for the same reason: no upload may keep them from being heard.
    private static let workerConnections = 4
    /// How long a request waits for Redis.
    private static let patience = Duration.seconds(1)

    let configuration: CoordinatorConfiguration
    /// Where Redis is, without a password.
    private let redisAddress: String?
    let leadership = Leadership()
    let sight = RedisSight()
    /// Rings when there may be something to dispatch.
    let work = Bell()
    /// Rings when a batch was called off, paused, or changed otherwise.
    let changed = Bell()
    let rate = RateMeter()
    /// For the services.
    let store: JobStore
    /// For requests.
    let requests: JobStore
    /// For what workers without Redis say.
    let workers: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?
    /// For requests: where Redis hangs, they go without what it has to say, and hold up no service.
    let looks: JobDispatch?
    let artifacts: LocalArtifactStore
    let registry: PrometheusRegistry
    let logger: Logger

    /// Makes the parts; nothing is opened yet.
    init(_ configuration: CoordinatorConfiguration, registry: PrometheusRegistry, logger: Logger) throws {
        self.configuration = configuration
        self.registry = registry
        self.logger = logger
        var postgres = try StartupError.explaining {
            try PostgresOptions(configuration.postgres, applicationName: "tedi-coordinator")
        }
        // A process that stands still in a transaction must not keep others waiting for its locks: a leader the next
        // one, a claim over HTTP the leader that records.
        postgres.idleInTransactionTimeout = .seconds(5)
        store = JobStore(pool: PostgresPool(postgres, size: Self.serviceConnections))
        requests = JobStore(pool: PostgresPool(postgres, size: configuration.connections))
        workers = JobStore(pool: PostgresPool(postgres, size: Self.workerConnections))
        let protocolNumbers = DispatchConfiguration(
            namespace: configuration.redisNamespace, lease: configuration.lease, beat: configuration.lease / 4,
            window: configuration.window, reader: configuration.name)
        let redis = try StartupError.explaining { try configuration.redisOptions() }
        redisAddress = redis?.endpoint.description
        dispatch = redis.map { JobDispatch($0, configuration: protocolNumbers) }
        looks = redis.map { redis in
            var brief = redis
            (brief.connectTimeout, brief.timeout) = (Self.patience, Self.patience)
            return JobDispatch(brief, configuration: protocolNumbers)
        }
        artifacts = LocalArtifactStore(directory: configuration.artifacts)
    }

    /// Checks what has to be there before the services start, and says in one sentence what is not.
    func prepare(migrating: Bool) async throws {
        let address = store.pool.options.description
        try await StartupError.explaining(postgres: address) { () async throws(StoreError) in
            if migrating { _ = try await store.migrate() }
            try await store.checkSchema()
        }
        if let dispatch, let redisAddress {
            try await StartupError.explaining(redis: redisAddress) { () async throws(DispatchError) in
                try await dispatch.ping()
            }
        }
        do {
            try FileManager.default.createDirectory(
                atPath: configuration.artifacts, withIntermediateDirectories: true)
        } catch {
            throw StartupError(
                "The artifact directory \(configuration.artifacts) is not there and cannot be made (\(error))",
                remedy: "Make it, and let this user and the workers write to it, or mend TEDI_ARTIFACTS")
        }
    }

    /// The services, in the order of starting; they shut down the other way round.
    ///
    /// - Parameter onListening: Told the address as soon as requests are accepted.
    func serviceGroup(onListening: @escaping @Sendable (_ address: String) -> Void) -> ServiceGroup {
        let services: [any Service] =
            [
                LeaderService(
                    store: store, leadership: leadership, sight: sight, holder: configuration.name, logger: logger)
            ]
            + redisServices + [
                PromoterService(store: store, leadership: leadership, work: work, logger: logger),
                LifecycleService(
                    store: store, dispatch: dispatch, leadership: leadership, changed: changed, work: work,
                    logger: logger),
                WatchdogService(
                    store: store, dispatch: dispatch, leadership: leadership, patience: configuration.lease / 2,
                    logger: logger),
                LeaseReaperService(
                    store: store, leadership: leadership, patience: configuration.lease / 2, work: work,
                    logger: logger),
                PrunerService(
                    store: store, leadership: leadership, retention: configuration.retention, logger: logger),
                CronService(store: store, leadership: leadership, work: work, logger: logger),
                SweeperService(
                    artifacts: LocalArtifactStore(directory: configuration.artifacts), leadership: leadership,
                    logger: logger),
                HTTPService(
                    responder: router().buildResponder(), host: configuration.host, port: configuration.port,
                    limits: limits, addressFile: configuration.addressFile, onListening: onListening, logger: logger),
            ]
        // The group's own log tells of every step of every service; what matters of it we log ourselves.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var group = ServiceGroupConfiguration(services: services, logger: quiet)
        group.maximumGracefulShutdownDuration = configuration.drain
        return ServiceGroup(configuration: group)
    }

    /// The services that keep Redis filled and bring back what workers report there.
    private var redisServices: [any Service] {
        guard let dispatch, let looks else { return [] }
        return [
            RecorderService(
                store: store, dispatch: dispatch, leadership: leadership, rate: rate, work: work, logger: logger),
            ReaperService(dispatch: dispatch, leadership: leadership, logger: logger),
            RegistryService(store: store, dispatch: dispatch, leadership: leadership, logger: logger),
            SightService(
                store: store, dispatch: looks, sight: sight, name: configuration.name, logger: logger),
            DispatcherService(
                store: store, dispatch: dispatch, leadership: leadership, work: work, logger: logger),
        ]
    }

    private var limits: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.connections = FileDescriptors.connections(
            configuration.httpConnections, within: FileDescriptors.raiseLimit())
        limits.head = .nanoseconds(configuration.httpHead.nanoseconds)
        limits.patience = .nanoseconds(configuration.httpPatience.nanoseconds)
        return limits
    }

    func router() -> Router<AccessContext> {
        let router = Router(context: AccessContext.self)
        router.add(middleware: ProblemMiddleware())
        if !configuration.needsKeys { router.add(middleware: SiteMiddleware(listening: configuration.host)) }
        router.add(middleware: EncodingMiddleware())
        router.add(
            middleware: AccessMiddleware(
                store: requests, keys: configuration.needsKeys ? KeyRing(store: requests) : nil))
        let upload = ItemUpload(store: requests, vocabularies: Vocabularies(store: requests))
        let views = Views(store: requests, dispatch: looks)
        BatchRoutes(store: requests, upload: upload, views: views, work: work, changed: changed).add(to: router)
        CronRoutes(store: requests, views: views, work: work).add(to: router)
        JobRoutes(store: requests, dispatch: looks, views: views, artifacts: artifacts).add(to: router)
        DeadLetterRoutes(store: requests, views: views, work: work).add(to: router)
        WorkerRoutes(store: requests, dispatch: looks).add(to: router)
        WorkQueueRoutes(store: workers, rate: rate).add(to: router)
        ArtifactRoutes(store: artifacts, jobs: requests).add(to: router)
        KeyRoutes(store: requests).add(to: router)
        TenantRoutes(store: requests).add(to: router)
        SystemRoutes(
            store: requests, dispatch: looks, leadership: leadership, rate: rate, name: configuration.name,
            registry: registry
        ).add(to: router)
        return router
    }
}
