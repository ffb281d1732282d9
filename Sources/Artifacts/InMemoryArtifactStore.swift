public import Jobs

/// An artifact store that lasts as long as the process; for tests, and for runs whose pictures are only counted.
public actor InMemoryArtifactStore: ArtifactStore {
    private var objects: [ArtifactDigest: [UInt8]] = [:]
    private var manifests: [Int64: [Int64: [UInt8]]] = [:]
    private var used = 0
    private var capacity: Int

    /// A store that holds at most `capacity` bytes, and then answers `.noSpace` as a full disk does.
    public init(capacity: Int = 1 << 30) {
        self.capacity = capacity
    }

    /// Changes how many bytes fit; what is stored stays.
    public func setCapacity(_ bytes: Int) {
        capacity = bytes
    }

    /// Names of all objects, in order.
    public var digests: [ArtifactDigest] { objects.keys.sorted() }

    /// Stores a group of objects as a whole or not at all; see ``ArtifactStore/putMany(_:)``.
    @discardableResult
    public func putMany(_ objects: [ArtifactObject]) async throws(ArtifactError) -> [ArtifactDigest] {
        for object in objects { try object.checkSize() }
        let fresh = Dictionary(objects.map { ($0.digest, $0.bytes) }) { first, _ in first }
            .filter { self.objects[$0.key] == nil }
        try reserve(fresh.values.reduce(0) { $0 + $1.count })
        self.objects.merge(fresh) { kept, _ in kept }
        return objects.map(\.digest)
    }

    /// The bytes of an object; see ``ArtifactStore/get(_:verify:)``.
    public func get(_ digest: ArtifactDigest, verify: Bool) async throws(ArtifactError) -> [UInt8] {
        guard let bytes = objects[digest] else { throw notFound(digest) }
        return verify ? try verified(bytes, against: digest) : bytes
    }

    /// Some bytes of an object; see ``ArtifactStore/read(_:from:upTo:)``.
    public func read(
        _ digest: ArtifactDigest, from offset: Int, upTo count: Int
    ) async throws(ArtifactError) -> [UInt8] {
        guard let bytes = objects[digest] else { throw notFound(digest) }
        return Array(bytes.dropFirst(offset).prefix(count))
    }

    /// Size of an object in bytes, or `nil` where there is none.
    public func size(of digest: ArtifactDigest) async throws(ArtifactError) -> Int? {
        objects[digest]?.count
    }

    /// Writes a group of manifests as a whole or not at all; see ``ArtifactStore/write(_:)``.
    @discardableResult
    public func write(_ manifests: [ArtifactManifest]) async throws(ArtifactError) -> [ArtifactDigest] {
        var encoded: [(manifest: ArtifactManifest, bytes: [UInt8])] = []
        for manifest in manifests { encoded.append((manifest, try manifest.encoded())) }
        try reserve(encoded.reduce(0) { $0 + $1.bytes.count })
        for (manifest, bytes) in encoded {
            used -= self.manifests[manifest.job]?[manifest.epoch]?.count ?? 0
            self.manifests[manifest.job, default: [:]][manifest.epoch] = bytes
        }
        return encoded.map { ArtifactDigest(of: $0.bytes) }
    }

    /// The manifest of one execution, or `nil` where there is none.
    public func manifest(job: JobID, epoch: Epoch) async throws(ArtifactError) -> ArtifactManifest? {
        guard let bytes = manifests[Int64(job.rawValue)]?[Int64(epoch.rawValue)] else { return nil }
        return try ArtifactManifest(decoding: bytes)
    }

    /// Epochs of a job that left a manifest, oldest first.
    public func epochs(of job: JobID) async throws(ArtifactError) -> [Epoch] {
        (manifests[Int64(job.rawValue)] ?? [:]).keys.sorted().map { Epoch(rawValue: $0) }
    }

    /// There are no temporaries in memory.
    /// - Returns: 0.
    @discardableResult
    public func sweep(olderThan age: Int) async throws(ArtifactError) -> Int { 0 }

    /// Memory does not go away.
    public func checkPresence() async throws(ArtifactError) {}

    /// Proves that so many bytes could be stored now, and leaves nothing behind.
    public func probe(bytes: Int) async throws(ArtifactError) {
        try reserve(bytes)
        used -= bytes
    }

    private func reserve(_ bytes: Int) throws(ArtifactError) {
        guard used + bytes <= capacity else {
            throw ArtifactError(
                .noSpace, "the artifact store in memory holds \(used) bytes of at most \(capacity)",
                advice: "use a folder instead")
        }
        used += bytes
    }
}
