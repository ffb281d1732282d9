import Artifacts
import Jobs
import Logging
import Telemetry

/// Takes over what an execution has stored whose worker went away before anybody heard of it: minutes of optimisation
/// are not spent twice.
///
/// A manifest is written after everything that it names, so one that is there tells of a picture that is finished. It is
/// the job's if it says the same request, byte for byte, and the same model: then computing again would make the same.
struct Adoption: Sendable {
    let artifacts: any ArtifactStore
    let logger: Logger

    /// The result of an earlier execution, with a manifest of this one; `nil` where there is none to be had.
    func result(of job: ClaimedJob) async -> JobResult? {
        do throws(ArtifactError) {
            guard var manifest = try await finished(job) else { return nil }
            logger.notice(
                "An earlier execution has stored its picture; it is not computed again",
                metadata: [
                    LogKey.job: "\(job.lease.job)", LogKey.epoch: "\(manifest.epoch)",
                    LogKey.worker: "\(manifest.worker)",
                ])
            manifest.epoch = job.lease.epoch.rawValue
            let digest = try await artifacts.write([manifest])[0]
            return JobResult(
                imageDigest: manifest.image.digest.hex, bytes: manifest.image.bytes, width: manifest.image.width,
                height: manifest.image.height, codeDigest: manifest.code.digest.hex, manifestDigest: digest.hex,
                milliseconds: 0, details: manifest.details)
        } catch {
            // A store that is away is met again by what is computed, which is put off with all others.
            logger.warning(
                "What an earlier execution stored cannot be used",
                metadata: [LogKey.job: "\(job.lease.job)", LogKey.error: "\(error)"])
            return nil
        }
    }

    /// The last manifest of an earlier execution that is the job's and whose objects are all there.
    private func finished(_ job: ClaimedJob) async throws(ArtifactError) -> ArtifactManifest? {
        let request = String(decoding: job.payload, as: UTF8.self)
        for epoch in try await artifacts.epochs(of: job.lease.job).reversed() where epoch < job.lease.epoch {
            guard let manifest = try await artifacts.manifest(job: job.lease.job, epoch: epoch),
                manifest.request == request, manifest.pack.digest == job.request.model,
                try await isWhole(manifest)
            else { continue }
            return manifest
        }
        return nil
    }

    private func isWhole(_ manifest: ArtifactManifest) async throws(ArtifactError) -> Bool {
        let objects =
            [(manifest.image.digest, manifest.image.bytes), (manifest.code.digest, manifest.code.bytes)]
            + (manifest.outputs ?? []).map { ($0.digest, $0.bytes ?? 0) }
        for (digest, bytes) in objects where try await artifacts.size(of: digest) != bytes { return false }
        return true
    }
}
