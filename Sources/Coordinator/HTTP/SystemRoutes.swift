import HTTPTypes
import Hummingbird
import JobAPI
import JobDispatch
import JobStore
import Jobs
import Metrics
import Telemetry

/// The routes about the system itself: models, workers, status, health, metrics.
struct SystemRoutes {
    let store: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?
    let leadership: Leadership
    let rate: RateMeter
    /// Name of this coordinator.
    let name: String
    let registry: PrometheusRegistry

    func add(to router: Router<AccessContext>) {
        router.get("/v1/models") { _, _ in
            try await Answers.json(ModelList(models: store.models().map { ModelView($0) }))
        }
        router.get("/v1/status") { _, context in try await Answers.json(status(for: context.principal.sees)) }
        router.get("/healthz") { _, _ in try Answers.json(HealthView(status: "ok")) }
        router.get("/readyz") { _, _ in
            let health = await readiness()
            return try Answers.json(health, status: health.status == "ok" ? .ok : .serviceUnavailable)
        }
        router.get("/metrics") { _, _ in
            await refreshGauges()
            return Answers.bytes(Array(registry.exposition().utf8), type: PrometheusRegistry.contentType)
        }
    }

    /// - Parameter tenant: Whose jobs are counted; everybody's if `nil`. Workers and speed are those of the system.
    private func status(for tenant: TenantID?) async throws -> StatusView {
        let leader = try await store.leader().flatMap { $0.isCurrent ? $0 : nil }
        var counts = try await store.activeCounts(of: tenant)
        var window = 0
        if let dispatch, let tenant {
            let claimed = try await dispatch.claimed(of: store.activeBatches(of: tenant)).values.reduce(0, +)
            let live = counts.running
            counts = counts.splitting(claimed: claimed)
            window = live - counts.running
        } else if let dispatch {
            let lanes = try await store.lanes().map(\.id)
            let depths = lanes.isEmpty ? [:] : try await dispatch.depths(of: lanes)
            counts = counts.splitting(claimed: try await dispatch.claimedCount())
            window = depths.values.reduce(0, +)
        }
        return StatusView(
            version: Version.current,
            leader: leader.map { StatusView.Leader(name: $0.holder, term: $0.term.rawValue, here: $0.holder == name) },
            workers: try await presentWorkers(), counts: Counts(counts),
            window: window, pendingFacts: try await dispatch?.factCount() ?? 0,
            finishedPerSecond: rate.perSecond())
    }

    private func presentWorkers() async throws -> Int {
        if let dispatch { return try await dispatch.workers().count }
        return try await store.workers().count(where: \.isPresent)
    }

    /// What only a look can tell is looked at when somebody asks; what cannot be reached keeps its last value.
    private func refreshGauges() async {
        if let counts = try? await store.activeCounts() { Gauge(label: MetricName.queueDepth).record(counts.queued) }
        guard let symptoms = try? await store.symptoms() else { return }
        Gauge(label: MetricName.deadTuples).record(symptoms.deadRows)
        Gauge(label: MetricName.strayRows).record(symptoms.strayRows)
        Gauge(label: MetricName.oldestTransaction).record(symptoms.oldestTransaction)
        Gauge(label: MetricName.oldestWaiting).record(symptoms.oldestWaiting)
    }

    private func readiness() async -> HealthView {
        var checks: [String: String] = [:]
        do throws(StoreError) {
            try await store.checkSchema()
            checks["postgres"] = "ok"
            checks["migrations"] = "ok"
            checks["leader"] = try await store.leader()?.isCurrent == true ? "ok" : "nobody leads; one moment"
        } catch {
            let isSchema = error.reason == .wrongSchema
            checks["postgres"] = isSchema ? "ok" : "out of reach, or older than version 15"
            checks["migrations"] = isSchema ? "the schema is not the one of this version" : "not known"
        }
        if let dispatch {
            do throws(DispatchError) {
                try await dispatch.ping()
                checks["redis"] = "ok"
            } catch {
                checks["redis"] = "out of reach"
            }
        }
        let isReady = checks["leader"] != nil && checks.values.allSatisfy { $0 == "ok" }
        return HealthView(status: isReady ? "ok" : "unready", checks: checks)
    }
}
