import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import JobStore
import Jobs

/// The routes of tenants: list them, make one, change its limits.
struct TenantRoutes {
    let store: JobStore

    func add(to router: Router<AccessContext>) {
        router.get("/v1/tenants") { _, _ in
            try await Answers.json(TenantList(tenants: store.tenants().map { TenantView($0) }))
        }
        router.post("/v1/tenants/:name") { request, context in
            let (name, limits) = try await Self.read(request, context)
            let tenant = try await Problems.refusing { () async throws(StoreError) in
                try await store.createTenant(name, limits: limits)
            }
            return try Answers.json(TenantView(tenant), status: .created)
        }
        router.put("/v1/tenants/:name") { request, context in
            let (name, limits) = try await Self.read(request, context)
            return try await Answers.json(
                TenantView(
                    Problems.refusing { () async throws(StoreError) in try await store.setLimits(limits, of: name) }))
        }
    }

    private static func read(
        _ request: Request, _ context: AccessContext
    ) async throws -> (name: String, limits: TenantLimits) {
        var request = request
        guard let name = context.parameters.get("name").flatMap({ $0.removingPercentEncoding }) else {
            throw Problems.badParameter("A tenant is named by 1 to \(JobStore.maximumNameBytes) bytes of UTF-8.")
        }
        let body = try await request.decode(TenantBody.self)
        return (
            name,
            TenantLimits(
                weight: body.weight, maximumQueued: body.maximumQueued, maximumRunning: body.maximumRunning,
                maximumArtifactBytes: body.maximumArtifactBytes)
        )
    }
}

extension TenantView {
    /// A tenant as the interface shows it.
    init(_ tenant: TenantRecord) {
        self.init(
            name: tenant.name, weight: tenant.limits.weight, maximumQueued: tenant.limits.maximumQueued,
            maximumRunning: tenant.limits.maximumRunning, queued: tenant.queued, running: tenant.running,
            createdAt: Date(tenant.createdAt), maximumArtifactBytes: tenant.limits.maximumArtifactBytes,
            artifactBytes: tenant.artifactBytes)
    }
}
