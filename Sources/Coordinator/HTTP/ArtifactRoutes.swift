import Artifacts
import HTTPTypes
import Hummingbird
import JobStore
import Jobs
import NIOCore

/// The routes of `/v1/artifacts/{sha256}`: objects are named by their content, so they never change.
struct ArtifactRoutes {
    let store: any ArtifactStore
    /// Knows whose jobs have made them, and who has uploaded them.
    let jobs: JobStore
    private let upload: ArtifactUpload

    init(store: any ArtifactStore, jobs: JobStore) {
        self.store = store
        self.jobs = jobs
        upload = ArtifactUpload(store: store, jobs: jobs)
    }

    func add(to router: Router<AccessContext>) {
        router.get("/v1/artifacts/:digest") { request, context in try await get(request, context) }
        router.head("/v1/artifacts/:digest") { request, context in try await head(request, context) }
        router.put("/v1/artifacts/:digest") { request, context in
            try await Answers.json(
                upload.run(request, named: digest(in: context), for: context.principal.tenant), status: .created)
        }
        router.delete("/v1/artifacts/:digest") { _, context in
            let digest = try digest(in: context)
            guard try await jobs.disown(digest.hex, by: context.principal.tenant) else { throw missing(digest) }
            return Response(status: .noContent)
        }
    }

    private func get(_ request: Request, _ context: AccessContext) async throws -> Response {
        let digest = try digest(in: context)
        try await requireRight(to: digest, request, context)
        if isKnown(digest, to: request) { return Response(status: .notModified, headers: headers(digest, context)) }
        guard let size = try await store.size(of: digest) else { throw missing(digest) }
        return try await ArtifactDownload(store: store, digest: digest, size: size)
            .response(headers: headers(digest, context))
    }

    private func head(_ request: Request, _ context: AccessContext) async throws -> Response {
        let digest = try digest(in: context)
        if request.uri.queryParameters["input"] == nil {
            try await requireRight(to: digest, request, context)
        } else {
            // Whoever may have everything may still name in lines only what is theirs.
            guard try await jobs.owns(digest.hex, tenant: context.principal.tenant) else { throw missing(digest) }
        }
        guard let size = try await store.size(of: digest) else { throw missing(digest) }
        var headers = headers(digest, context)
        headers[.contentLength] = String(size)
        return Response(status: .ok, headers: headers)
    }

    /// Who sees everything may have everything, and so may workers; a tenant may have what it uploaded, or names a job of
    /// its own that made it.
    private func requireRight(to digest: ArtifactDigest, _ request: Request, _ context: AccessContext) async throws {
        let principal = context.principal
        guard let tenant = principal.sees, !principal.scopes.contains(.worker) else { return }
        guard let text = request.uri.queryParameters["job"] else {
            guard try await jobs.owns(digest.hex, tenant: tenant) else {
                throw Problems.notFound(
                    "You have uploaded no artifact \(digest). If one of your jobs made it, say which: ?job= and its number."
                )
            }
            return
        }
        guard let job = Int64(text), job > 0 else {
            throw Problems.badParameter("Say which of your jobs made the artifact: ?job= and its number.")
        }
        let isTheirs = try await jobs.hasArtifact(digest.hex, job: JobID(job), of: tenant)
        guard isTheirs else { throw missing(digest) }
    }

    /// Nothing but 64 hexadecimal digits passes, so no path can be smuggled in.
    private func digest(in context: AccessContext) throws -> ArtifactDigest {
        guard let digest = context.parameters.get("digest").flatMap(ArtifactDigest.init(hex:)) else {
            throw Problems.badParameter("An artifact is named by 64 lower-case hexadecimal digits.")
        }
        return digest
    }

    private func missing(_ digest: ArtifactDigest) -> any Error {
        Problems.notFound("There is no artifact \(digest).")
    }

    private func isKnown(_ digest: ArtifactDigest, to request: Request) -> Bool {
        guard let tags = request.headers[.ifNoneMatch] else { return false }
        return tags == "*" || tags.contains("\"\(digest)\"")
    }

    /// What not everybody may have, no shared cache may keep.
    private func headers(_ digest: ArtifactDigest, _ context: AccessContext) -> HTTPFields {
        let cache = context.principal == .everybody ? "public" : "private"
        return [.eTag: "\"\(digest)\"", .cacheControl: "\(cache), max-age=31536000, immutable"]
    }
}
