import Artifacts
import Foundation
import Jobs

/// A folder that is gone when the test is over.
func withTemporaryFolder<R>(_ body: (String) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Every file below `folder`, as paths relative to it.
func files(below folder: String) -> [String] {
    let paths = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return paths.filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
            && !isFolder.boolValue
    }.sorted()
}

/// A manifest whose every field differs from its default.
func sampleManifest(
    job: Int64 = 7, epoch: Int64 = 11, seed: UInt64 = .max, inputs: [ArtifactManifest.File] = [],
    details: JobDetails = .none
) -> ArtifactManifest {
    ArtifactManifest(
        job: JobID(rawValue: job), epoch: Epoch(rawValue: epoch),
        pack: .init(name: "demo", digest: String(repeating: "ab", count: 32)),
        request: Array(#"{"kind":"generate","caption":"a \"smiling\" man, naïve/übér"}"#.utf8), seed: seed, sample: 3,
        attributes: ["Smiling": "positive"],
        code: .init(digest: ArtifactDigest(of: [1]), bytes: 1, shape: [14, 512]),
        image: .init(digest: ArtifactDigest(of: [2, 3]), bytes: 2, width: 64, height: 48),
        worker: "host-1-abc", versions: ["tedi": "0.1.0"], timings: ["model": 12.5], inputs: inputs,
        details: details)
}
