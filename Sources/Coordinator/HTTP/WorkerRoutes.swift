import Foundation
import HTTPTypes
import Hummingbird
import JobAPI
import JobDispatch
import JobStore
import Jobs

/// The routes of workers: look at them, tell them what to do.
struct WorkerRoutes {
    let store: JobStore
    /// Absent where workers claim over HTTP only.
    let dispatch: JobDispatch?

    func add(to router: Router<AccessContext>) {
        router.get("/v1/workers") { _, _ in
            let present = try await store.workers().filter(\.isPresent)
            return try Answers.json(WorkerList(workers: present.map { WorkerView($0) }))
        }
        router.get("/v1/workers/:name") { _, context in try await show(context) }
        for order in WorkerOrder.allCases {
            router.post(RouterPath("/v1/workers/:name/\(order.name)")) { _, context in
                let name = try Self.name(in: context)
                try await store.order(order, of: name)
                // Sooner than the leader would; where Redis is away, the leader does it.
                try? await dispatch?.publish([name: order])
                return try await show(context)
            }
        }
    }

    private func show(_ context: AccessContext) async throws -> Response {
        let name = try Self.name(in: context)
        guard let worker = try await store.workers().first(where: { $0.name == name.rawValue }) else {
            throw Problems.notFound("There is no worker \(Problems.readable(name.rawValue)).")
        }
        var view = WorkerView(worker)
        // Which jobs others have is not for everybody.
        guard context.principal.sees == nil else {
            view.jobsMissing = "denied"
            return try Answers.json(view)
        }
        view.jobs = try await jobs(of: name)?.map(\.rawValue)
        if view.jobs == nil { view.jobsMissing = "unavailable" }
        return try Answers.json(view)
    }

    /// Jobs that a worker has; `nil` where Redis, which knows them, does not answer.
    private func jobs(of name: WorkerName) async throws -> [JobID]? {
        guard let dispatch else { return try await store.jobs(leasedBy: name) }
        return try? await dispatch.jobs(of: name)
    }

    private static func name(in context: AccessContext) throws -> WorkerName {
        guard
            let name = context.parameters.get("name").flatMap({ $0.removingPercentEncoding })
                .flatMap(WorkerName.init(rawValue:))
        else { throw Problems.badParameter("A worker is named by 1 to 128 printable characters.") }
        return name
    }
}
