public import Jobs

/// Where pictures, latent codes and their provenance live: immutable objects named by their content, and one manifest
/// for every execution that came to an end.
///
/// The order of writing is the invariant that the queue builds on: objects first, then the manifest that names them, and
/// only then the FINISH of the lease. So whoever sees a manifest finds its objects whole, and whoever sees a finished job
/// finds its manifest. A call returns when what it wrote would survive a power cut.
public protocol ArtifactStore: Sendable {
    /// Stores a group of objects durably; an object that is there already is not written again.
    ///
    /// One group costs one flush per new file and one per folder touched, however many objects share it.
    /// - Returns: the digests, in the order of `objects`.
    @discardableResult
    func putMany(_ objects: [ArtifactObject]) async throws(ArtifactError) -> [ArtifactDigest]

    /// The bytes of an object; `verify` also compares them with the name, and throws `.corrupt` if they differ.
    func get(_ digest: ArtifactDigest, verify: Bool) async throws(ArtifactError) -> [UInt8]

    /// Up to `count` bytes of an object from a byte on, as they are; fewer where it ends.
    func read(_ digest: ArtifactDigest, from offset: Int, upTo count: Int) async throws(ArtifactError) -> [UInt8]

    /// Size of an object in bytes, or `nil` where there is none.
    func size(of digest: ArtifactDigest) async throws(ArtifactError) -> Int?

    /// Writes a group of manifests durably; the manifest of the same job and epoch is replaced as a whole.
    /// - Returns: the digests of the manifests' bytes, in order.
    @discardableResult
    func write(_ manifests: [ArtifactManifest]) async throws(ArtifactError) -> [ArtifactDigest]

    /// The manifest of one execution, or `nil` where there is none.
    func manifest(job: JobID, epoch: Epoch) async throws(ArtifactError) -> ArtifactManifest?

    /// Epochs of a job that left a manifest, oldest first.
    func epochs(of job: JobID) async throws(ArtifactError) -> [Epoch]

    /// Removes temporaries that crashed writers left behind, if they are older than `age` seconds.
    /// - Returns: how many were removed.
    @discardableResult
    func sweep(olderThan age: Int) async throws(ArtifactError) -> Int

    /// Throws where the store itself is not there, such as a folder whose disk is not mounted: what it then lacks may
    /// be there when it is back.
    func checkPresence() async throws(ArtifactError)

    /// Proves that an object of `bytes` bytes could be stored now, and leaves nothing behind.
    func probe(bytes: Int) async throws(ArtifactError)
}

extension ArtifactStore {
    /// Stores one object durably.
    @discardableResult
    public func put(_ bytes: [UInt8], _ kind: ArtifactKind) async throws(ArtifactError) -> ArtifactDigest {
        let object = ArtifactObject(bytes, kind: kind)
        try await putMany([object])
        return object.digest
    }

    /// The bytes of an object, compared with its name.
    public func get(_ digest: ArtifactDigest) async throws(ArtifactError) -> [UInt8] {
        try await get(digest, verify: true)
    }

    /// Whether an object is there.
    public func exists(_ digest: ArtifactDigest) async throws(ArtifactError) -> Bool {
        try await size(of: digest) != nil
    }
}

func notFound(_ digest: ArtifactDigest) -> ArtifactError {
    ArtifactError(.notFound, "there is no object \(digest)")
}

func verified(_ bytes: [UInt8], against digest: ArtifactDigest) throws(ArtifactError) -> [UInt8] {
    guard ArtifactDigest(of: bytes) == digest else {
        throw ArtifactError(
            .corrupt, "object \(digest) does not hold the bytes it is named after (\(bytes.count) bytes found)",
            advice: "remove it and run its job again; a job's seed makes the same picture")
    }
    return bytes
}
