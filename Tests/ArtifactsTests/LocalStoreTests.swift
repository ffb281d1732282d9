import Artifacts
import Foundation
import Glibc
import Jobs
import Testing

/// What only files can go through: crashes, damage, full disks, strict umasks.
@Suite struct LocalStoreTests {
    private func place(_ digest: ArtifactDigest, in folder: String) -> String {
        "\(folder)/objects/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    @Test func layoutIsAsDocumented() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = LocalArtifactStore(directory: folder)
            let digest = try await store.put([1, 2, 3], .image)
            try await store.write([sampleManifest(job: 12_345, epoch: 6)])
            let object = String(place(digest, in: folder).dropFirst(folder.count + 1))
            #expect(files(below: folder) == ["manifests/12/12345-6.json", object])
        }
    }

    @Test func storesOfEarlierVersionsAreRead() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = LocalArtifactStore(directory: folder)
            let object = ArtifactObject([1, 2, 3], kind: .image)
            let hex = object.digest.hex
            let manifest = sampleManifest(job: 12, epoch: 6)
            for (path, bytes) in [
                ("objects/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)", object.bytes),
                ("manifests/12/6.json", try manifest.encoded()),
            ] {
                let url = URL(fileURLWithPath: "\(folder)/\(path)")
                try FileManager.default.createDirectory(
                    at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
            #expect(try await store.get(object.digest) == object.bytes)
            #expect(try await store.size(of: object.digest) == 3)
            #expect(try await store.manifest(job: JobID(12), epoch: Epoch(6)) == manifest)
            // The folder of job 12 is that of the jobs from 12,000 on as well.
            try await store.write([sampleManifest(job: 12, epoch: 7), sampleManifest(job: 12_006, epoch: 8)])
            #expect(try await store.epochs(of: JobID(12)) == [Epoch(6), Epoch(7)])
            #expect(try await store.epochs(of: JobID(12_006)) == [Epoch(8)])
            #expect(try await store.manifest(job: JobID(12_006), epoch: Epoch(6)) == nil)
        }
    }

    /// What was not found may be there when the disk is back.
    @Test func aFolderThatIsGoneIsNotAStoreWithoutObjects() async throws {
        try await withTemporaryFolder { folder async throws in
            let path = folder + "/store"
            let writer = LocalArtifactStore(directory: path)
            let digest = try await writer.put([1, 2, 3], .input)
            try await writer.checkPresence()
            try await LocalArtifactStore(directory: path).checkPresence()
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            for store in [writer, LocalArtifactStore(directory: path)] {
                let error = await #expect(throws: ArtifactError.self) { try await store.checkPresence() }
                #expect(error?.isInfrastructure == true)
            }
            // The place where a disk was mounted.
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            for store in [writer, LocalArtifactStore(directory: path)] {
                let error = await #expect(throws: ArtifactError.self) { try await store.checkPresence() }
                #expect(error?.isInfrastructure == true)
            }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            try await writer.checkPresence()
            #expect(try await writer.get(digest) == [1, 2, 3])
        }
    }

    @Test func anObjectThatIsThereIsNotRewritten() async throws {
        try await withTemporaryFolder { folder async throws in
            let digest = try await LocalArtifactStore(directory: folder).put([1, 2, 3], .image)
            var before = stat()
            #expect(stat(place(digest, in: folder), &before) == 0)
            try await LocalArtifactStore(directory: folder).put([1, 2, 3], .image)
            var after = stat()
            #expect(stat(place(digest, in: folder), &after) == 0)
            #expect(before.st_ino == after.st_ino)
        }
    }

    @Test func aTruncatedObjectIsDetectedAndHealed() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = LocalArtifactStore(directory: folder)
            let bytes = [UInt8](repeating: 7, count: 10_000)
            let digest = try await store.put(bytes, .image)
            #expect(truncate(place(digest, in: folder), 5_000) == 0)
            let error = await #expect(throws: ArtifactError.self) { try await store.get(digest) }
            #expect(error?.code == .corrupt)
            #expect(try await store.get(digest, verify: false).count == 5_000)
            try await store.put(bytes, .image)
            #expect(try await store.get(digest) == bytes)
        }
    }

    @Test func temporariesOfACrashAreInvisibleAndSwept() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = LocalArtifactStore(directory: folder)
            let object = ArtifactObject([1, 2, 3, 4], kind: .image)
            try await store.putMany([object])
            try await store.write([sampleManifest(job: 5)])
            // What a writer that was killed half-way leaves: a temporary beside the place it was meant for.
            let unborn = ArtifactObject([5, 6, 7, 8], kind: .image)
            let shard = place(object.digest, in: folder).dropLast(65)
            let left = ["\(shard)/.\(unborn.digest).1-1-1.tmp", "\(folder)/manifests/0/.5-12.json.1-2-3.tmp"]
            for path in left { #expect(FileManager.default.createFile(atPath: path, contents: Data([5, 6]))) }
            #expect(try await !store.exists(unborn.digest))
            #expect(try await store.epochs(of: JobID(rawValue: 5)) == [Epoch(rawValue: 11)])
            // Young ones may belong to a writer that is alive.
            #expect(try await store.sweep(olderThan: 3600) == 0)
            for path in left {
                let old = Date(timeIntervalSinceNow: -7200)
                try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
            }
            #expect(try await store.sweep(olderThan: 3600) == 2)
            #expect(files(below: folder).count == 2)
            #expect(try await store.get(object.digest) == object.bytes)
        }
    }

    @Test func writersOfOneObjectInManyStoresAgree() async throws {
        try await withTemporaryFolder { folder async throws in
            let group = (0..<20).map { ArtifactObject([UInt8](repeating: UInt8($0), count: 30_000), kind: .image) }
            try await withThrowingTaskGroup { tasks in
                for _ in 0..<6 {
                    let store = LocalArtifactStore(directory: folder)
                    tasks.addTask { try await store.putMany(group) }
                }
                try await tasks.waitForAll()
            }
            let store = LocalArtifactStore(directory: folder)
            for object in group { #expect(try await store.get(object.digest) == object.bytes) }
            #expect(files(below: folder).count == 20)
        }
    }

    @Test func aFolderThatWasTakenAwayIsMadeAgain() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = LocalArtifactStore(directory: folder)
            let object = ArtifactObject([1], kind: .image)
            try await store.putMany([object])
            try FileManager.default.removeItem(atPath: folder + "/objects")
            let error = await #expect(throws: ArtifactError.self) { try await store.putMany([object]) }
            #expect(error?.isInfrastructure == true)
            try await store.putMany([object])
            #expect(try await store.get(object.digest) == [1])
        }
    }

    @Test func theCoordinatorCanReadDespiteAStrictUmask() async {
        await #expect(processExitsWith: .success) {
            umask(0o077)
            try await withTemporaryFolder { folder async throws in
                let store = LocalArtifactStore(directory: folder + "/artifacts")
                let digest = try await store.put([1, 2, 3], .image)
                let shard = "\(folder)/artifacts/objects/\(digest.hex.prefix(2))"
                for (path, mode) in [(shard, 0o755), ("\(shard)/\(digest.hex)", 0o644)] as [(String, mode_t)] {
                    var status = stat()
                    #expect(stat(path, &status) == 0)
                    #expect(status.st_mode & 0o777 == mode)
                }
            }
        }
    }

    @Test func aGroupThatMayWriteToTheStoreMayWriteToAllOfIt() async throws {
        try await withTemporaryFolder { folder async throws in
            #expect(chmod(folder, 0o2770) == 0)
            let digest = try await LocalArtifactStore(directory: folder).put([1, 2, 3], .image)
            let shard = "\(folder)/objects/\(digest.hex.prefix(2))"
            for path in ["\(folder)/objects", shard] {
                var status = stat()
                #expect(stat(path, &status) == 0)
                #expect(status.st_mode & 0o7777 == 0o2775)
            }
        }
    }

    @Test func aFullDiskIsInfrastructure() async {
        await #expect(processExitsWith: .success) {
            // The kernel stops any file of this process at 4 KiB, as a quota does.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            try await withTemporaryFolder { folder async throws in
                let store = LocalArtifactStore(directory: folder)
                let small = ArtifactObject([1, 2, 3], kind: .image)
                let large = ArtifactObject([UInt8](repeating: 1, count: 9_000), kind: .image)
                let error = await #expect(throws: ArtifactError.self) { try await store.putMany([small, large]) }
                #expect(error?.code == .noSpace)
                #expect(error?.isInfrastructure == true)
                #expect(files(below: folder).isEmpty)
                await #expect(throws: ArtifactError.self) { try await store.probe(bytes: 9_000) }
                #expect(files(below: folder).isEmpty)
                // The rest of the group did not suffer for good.
                try await store.putMany([small])
                #expect(try await store.get(small.digest) == small.bytes)
            }
        }
    }

    @Test func aForbiddenFolderIsInfrastructure() async {
        await #expect(processExitsWith: .success) {
            try await withTemporaryFolder { folder async throws in
                #expect(chmod(folder, 0o500) == 0)
                // Nothing is forbidden to root, so go on as nobody.
                if geteuid() == 0 { #expect(seteuid(65534) == 0) }
                let store = LocalArtifactStore(directory: folder + "/artifacts")
                let error = await #expect(throws: ArtifactError.self) { try await store.put([1], .image) }
                #expect(error?.code == .denied)
                #expect(error?.isInfrastructure == true)
            }
        }
    }

    @Test func aMissingParentFolderSaysSo() async throws {
        try await withTemporaryFolder { folder async throws in
            let store = LocalArtifactStore(directory: folder + "/not/there")
            let error = await #expect(throws: ArtifactError.self) { try await store.put([1], .image) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("/not/there") == true)
        }
    }

    @Test("A folder that was taken away is neither made anew nor replaced by another one")
    func theFolderIsGone() async throws {
        try await withTemporaryFolder { folder async throws in
            let (home, away) = (folder + "/artifacts", folder + "/away")
            let store = LocalArtifactStore(directory: home)
            let kept = try await store.put([1], .image)
            #expect(rename(home, away) == 0)
            for _ in 0..<2 {
                let error = await #expect(throws: ArtifactError.self) { try await store.put([2], .image) }
                #expect(error?.code == .unavailable && error?.isInfrastructure == true)
                await #expect(throws: ArtifactError.self) { try await store.probe(bytes: 1) }
                #expect(access(home, F_OK) == -1)
            }
            // What an unmounted disk leaves: an empty folder of the same name.
            #expect(mkdir(home, 0o755) == 0)
            let error = await #expect(throws: ArtifactError.self) { try await store.put([2], .image) }
            #expect(error?.code == .unavailable && error?.advice.contains("bring the artifact folder back") == true)
            await #expect(throws: ArtifactError.self) { try await store.probe(bytes: 1) }
            #expect(files(below: home).isEmpty)
            #expect(rmdir(home) == 0)
            #expect(rename(away, home) == 0)
            let added = try await store.put([2], .image)
            #expect(try await store.get(kept) == [1])
            #expect(try await store.get(added) == [2])
        }
    }

    @Test func memoryIsBounded() async throws {
        let store = InMemoryArtifactStore(capacity: 10)
        try await store.put([1, 2, 3], .image)
        let error = await #expect(throws: ArtifactError.self) {
            try await store.put([UInt8](repeating: 1, count: 8), .image)
        }
        #expect(error?.code == .noSpace)
        await store.setCapacity(100)
        try await store.put([UInt8](repeating: 1, count: 8), .image)
        #expect(await store.digests.count == 2)
    }
}
