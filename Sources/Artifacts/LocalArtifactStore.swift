import Failpoints
import Glibc
public import Jobs
import Threads

/// An artifact store in a folder that coordinator and workers share.
///
/// - `objects/ab/<sha256>`: an object, written once;
/// - `manifests/<job / 1000>/<job>-<epoch>.json`: how one execution went;
/// - `.<name>.<process>.tmp` beside either: a write that is under way, or that a crash cut short.
///
/// Folders are few, for each takes a block of the disk and a write of its own: of small pictures it would be half of
/// both. Stores of earlier versions, which had a folder of each job and two levels of objects, are read as they are.
///
/// Files appear under their names only whole and flushed: temporaries, `syncfs`, `rename`, `syncfs` again. The folder
/// may be used by many processes at once; two writers of one object write the same bytes, so it does not matter who wins.
///
/// The folder that was there at the first write is the store from then on. Where it is gone, or another one is in its
/// place, as when what it lies on was unmounted, nothing is written until it is back: what went beside it would be lost
/// when it returns.
public actor LocalArtifactStore: ArtifactStore {
    /// The folder, as given.
    public nonisolated let directory: String

    /// Disks block, so the store has a thread of its own.
    private nonisolated let thread: ThreadExecutor

    /// The store's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let objects: String
    private let manifests: String
    private var temporaries = 0
    /// The folder of the first write.
    private var home: Files.Identity?
    /// Folders that are known to be there, so that they need not be made again.
    private var durable: Set<String> = []

    /// A store in `directory`, which is created by the first write, not its parents.
    /// - Parameter niceness: How far its work stands back where the cores are busy, 0 to 19.
    public init(directory: String, niceness: Int = 0) {
        self.directory = directory
        thread = ThreadExecutor(name: "artifacts", niceness: niceness)
        objects = directory + "/objects"
        manifests = directory + "/manifests"
    }

    // MARK: Objects

    /// Stores a group of objects durably; see ``ArtifactStore/putMany(_:)``.
    @discardableResult
    public func putMany(_ objects: [ArtifactObject]) async throws(ArtifactError) -> [ArtifactDigest] {
        try checkHome()
        var group = WriteGroup()
        var planned: Set<ArtifactDigest> = []
        for object in objects {
            try object.checkSize()
            guard planned.insert(object.digest).inserted else { continue }
            let (folder, path) = place(of: object.digest)
            try prepare(folder, &group)
            // A size that differs means a damaged disk or a careless hand: write it anew.
            guard try Files.size(path) != object.bytes.count else { continue }
            group.files.append((object.bytes, folder, object.digest.hex))
        }
        try await commit(group)
        return objects.map(\.digest)
    }

    /// The bytes of an object; see ``ArtifactStore/get(_:verify:)``.
    public func get(_ digest: ArtifactDigest, verify: Bool) async throws(ArtifactError) -> [UInt8] {
        for path in paths(of: digest) {
            guard let bytes = try Files.read(path, limit: ArtifactKind.checkpoint.limit) else { continue }
            return verify ? try verified(bytes, against: digest) : bytes
        }
        throw notFound(digest)
    }

    /// Some bytes of an object; see ``ArtifactStore/read(_:from:upTo:)``.
    public func read(
        _ digest: ArtifactDigest, from offset: Int, upTo count: Int
    ) async throws(ArtifactError) -> [UInt8] {
        for path in paths(of: digest) {
            if let bytes = try Files.read(path, from: offset, upTo: count) { return bytes }
        }
        throw notFound(digest)
    }

    /// Size of an object in bytes, or `nil` where there is none.
    public func size(of digest: ArtifactDigest) async throws(ArtifactError) -> Int? {
        for path in paths(of: digest) {
            if let size = try Files.size(path) { return size }
        }
        return nil
    }

    private func place(of digest: ArtifactDigest) -> (folder: String, path: String) {
        let folder = "\(objects)/\(digest.hex.prefix(2))"
        return (folder, "\(folder)/\(digest.hex)")
    }

    /// Where an object may be: in its place, or where earlier versions put it.
    private func paths(of digest: ArtifactDigest) -> [String] {
        let (folder, path) = place(of: digest)
        return [path, "\(folder)/\(digest.hex.dropFirst(2).prefix(2))/\(digest.hex)"]
    }

    // MARK: Manifests

    /// Writes a group of manifests durably; see ``ArtifactStore/write(_:)``.
    @discardableResult
    public func write(_ manifests: [ArtifactManifest]) async throws(ArtifactError) -> [ArtifactDigest] {
        try checkHome()
        var group = WriteGroup()
        var digests: [ArtifactDigest] = []
        for manifest in manifests {
            let bytes = try manifest.encoded()
            let folder = folder(of: manifest.job)
            try prepare(folder, &group)
            group.files.append((bytes, folder, "\(manifest.job)-\(manifest.epoch).json"))
            digests.append(ArtifactDigest(of: bytes))
        }
        try await commit(group)
        return digests
    }

    /// The manifest of one execution, or `nil` where there is none.
    public func manifest(job: JobID, epoch: Epoch) async throws(ArtifactError) -> ArtifactManifest? {
        let name = "\(epoch.rawValue).json"
        for path in ["\(folder(of: job.rawValue))/\(job.rawValue)-\(name)", "\(formerFolder(of: job))/\(name)"] {
            if let bytes = try Files.read(path, limit: ArtifactManifest.limit) {
                return try ArtifactManifest(decoding: bytes)
            }
        }
        return nil
    }

    /// Epochs of a job that left a manifest, oldest first.
    public func epochs(of job: JobID) async throws(ArtifactError) -> [Epoch] {
        func epochs(in folder: String, after prefix: String) throws(ArtifactError) -> Set<Int64> {
            let names = try Files.entries(of: folder).map(\.name)
                .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") }
            return Set(names.compactMap { Int64($0.dropFirst(prefix.count).dropLast(5)) })
        }
        let all = try epochs(in: folder(of: job.rawValue), after: "\(job.rawValue)-")
            .union(epochs(in: formerFolder(of: job), after: ""))
        return all.sorted().map { Epoch(rawValue: $0) }
    }

    private func folder(of job: Int64) -> String { "\(manifests)/\(job / 1000)" }

    /// Where earlier versions put the manifests of a job; its name may be that of a folder of a thousand.
    private func formerFolder(of job: JobID) -> String { "\(manifests)/\(job.rawValue)" }

    // MARK: Upkeep

    /// Removes what crashed writers left behind; see ``ArtifactStore/sweep(olderThan:)``.
    @discardableResult
    public func sweep(olderThan age: Int) async throws(ArtifactError) -> Int {
        var removed = 0
        for (root, depth) in [(directory, 0), (objects, 2), (manifests, 1)] {
            removed += try sweep(root, depth: depth, olderThan: age)
        }
        return removed
    }

    private func sweep(_ folder: String, depth: Int, olderThan age: Int) throws(ArtifactError) -> Int {
        var removed = 0
        for (name, isFolder) in try Files.entries(of: folder) {
            let path = "\(folder)/\(name)"
            if name.hasPrefix("."), name.hasSuffix(".tmp") {
                if let old = try Files.age(path), old >= age, Files.remove(path) { removed += 1 }
            } else if isFolder, depth > 0 {
                removed += try sweep(path, depth: depth - 1, olderThan: age)
            }
        }
        return removed
    }

    /// Throws where the folder is gone or another one is in its place, or holds no objects at all.
    public func checkPresence() async throws(ArtifactError) {
        try checkHome()
        // An empty folder is what is left where a disk was unmounted.
        _ = try Files.identity(objects)
    }

    /// Proves that so many bytes could be stored now, and leaves nothing behind.
    public func probe(bytes: Int) async throws(ArtifactError) {
        try checkHome()
        var group = WriteGroup()
        try prepare(objects, &group)
        try prepare(manifests, &group)
        let path = temporary(in: directory, "probe")
        try Files.write([UInt8](repeating: 0, count: bytes), to: path)
        defer { Files.remove(path) }
        try Files.flushAll(below: directory)
    }

    // MARK: Writing

    /// Files of one call, and the folders that were made for them or found.
    private struct WriteGroup {
        var files: [(bytes: [UInt8], folder: String, name: String)] = []
        var prepared: [String] = []
    }

    /// Makes sure that a folder and its parents are there.
    private func prepare(_ folder: String, _ group: inout WriteGroup) throws(ArtifactError) {
        guard !durable.contains(folder) else { return }
        if folder == directory {
            try openHome()
        } else {
            if let slash = folder.lastIndex(of: "/") { try prepare(String(folder[..<slash]), &group) }
            try Files.makeFolder(folder)
        }
        group.prepared.append(folder)
    }

    /// Makes the store's folder before the first write, and never again.
    private func openHome() throws(ArtifactError) {
        guard home == nil else { return try checkHome() }
        try Files.makeFolder(directory)
        home = try Files.identity(directory)
    }

    /// Every group of writes begins and ends with this look.
    ///
    /// - Throws: ``ArtifactError/Code/unavailable`` where the folder is not the one of the first write.
    private func checkHome() throws(ArtifactError) {
        guard let home, try Files.identity(directory) != home else { return }
        throw ArtifactError(
            .unavailable, "another folder is in the place of \(directory)",
            advice: "bring the artifact folder back, or mount what it lives on; or restart to use the new one")
    }

    /// Writes the files, flushes, puts them in place, flushes; each step for all files at once.
    ///
    /// A group without files is flushed all the same: another writer's rename may not be flushed yet.
    private func commit(_ group: WriteGroup) async throws(ArtifactError) {
        let writes = group.files.map { file in
            Write(
                bytes: file.bytes, temporary: temporary(in: file.folder, file.name),
                target: "\(file.folder)/\(file.name)")
        }
        do throws(ArtifactError) {
            for write in writes { try Files.write(write.bytes, to: write.temporary) }
            try Files.flushAll(below: directory)
            if !writes.isEmpty { Failpoint.midArtifact.reach() }
            for write in writes { try Files.move(write.temporary, to: write.target) }
            try Files.flushAll(below: directory)
            // Only now is it sure that nothing of this went into another folder.
            try checkHome()
        } catch {
            for write in writes { Files.remove(write.temporary) }
            // A folder may have been taken away under us; look again next time.
            durable.removeAll()
            throw error
        }
        // Every folder of objects fits; those of manifests come and go.
        if durable.count + group.prepared.count > 10_000 { durable.removeAll() }
        durable.formUnion(group.prepared)
    }

    private struct Write: Sendable {
        var bytes: [UInt8]
        var temporary: String
        var target: String
    }

    private func temporary(in folder: String, _ name: String) -> String {
        temporaries += 1
        // Two processes in two containers may have one number, hence the random part.
        return "\(folder)/.\(name).\(getpid())-\(temporaries)-\(UInt32.random(in: 0...UInt32.max)).tmp"
    }
}
