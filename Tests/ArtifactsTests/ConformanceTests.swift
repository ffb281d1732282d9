import Artifacts
import Foundation
import Jobs
import Testing

/// Every implementation of the port, made in a folder that it may use or not.
enum Implementation: String, CaseIterable, CustomTestStringConvertible {
    case local
    case inMemory

    var testDescription: String { rawValue }

    func store(in folder: String) -> any ArtifactStore {
        switch self {
        case .local: LocalArtifactStore(directory: folder + "/artifacts")
        case .inMemory: InMemoryArtifactStore()
        }
    }
}

/// What any artifact store owes its callers.
@Suite struct ConformanceTests {
    private func withStore(
        _ implementation: Implementation, _ body: (any ArtifactStore) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { try await body(implementation.store(in: $0)) }
    }

    @Test(arguments: Implementation.allCases)
    func givesBackWhatWasPut(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            for size in [0, 1, 4096, 100_003] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                let digest = try await store.put(bytes, .image)
                #expect(digest == ArtifactDigest(of: bytes))
                #expect(try await store.get(digest) == bytes)
                #expect(try await store.size(of: digest) == size)
                #expect(try await store.exists(digest))
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func saysWhatIsMissing(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            let digest = ArtifactDigest(of: [9])
            #expect(try await !store.exists(digest))
            let error = await #expect(throws: ArtifactError.self) { try await store.get(digest) }
            #expect(error?.code == .notFound)
            #expect(error?.isInfrastructure == false)
            #expect(try await store.manifest(job: JobID(rawValue: 1), epoch: Epoch(rawValue: 1)) == nil)
            #expect(try await store.epochs(of: JobID(rawValue: 1)).isEmpty)
            #expect(try await store.sweep(olderThan: 0) == 0)
        }
    }

    @Test(arguments: Implementation.allCases)
    func isThereOnceSomethingIsStored(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            try await store.put([1, 2, 3], .input)
            try await store.checkPresence()
        }
    }

    @Test(arguments: Implementation.allCases)
    func keepsOneObjectForEqualBytes(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            let one = ArtifactObject([1, 2, 3], kind: .image)
            let two = ArtifactObject([4], kind: .code)
            #expect(try await store.putMany([one, two, one]) == [one.digest, two.digest, one.digest])
            #expect(try await store.putMany([two]) == [two.digest])
            #expect(try await store.get(one.digest) == [1, 2, 3])
            #expect(try await store.putMany([]).isEmpty)
        }
    }

    @Test(arguments: Implementation.allCases)
    func refusesWhatIsTooLarge(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            let object = ArtifactObject([UInt8](repeating: 0, count: ArtifactKind.code.limit + 1), kind: .code)
            let small = ArtifactObject([1], kind: .code)
            let error = await #expect(throws: ArtifactError.self) { try await store.putMany([small, object]) }
            #expect(error?.code == .tooLarge)
            #expect(try await !store.exists(object.digest))
        }
    }

    @Test(arguments: Implementation.allCases)
    func keepsAManifestForEachEpoch(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            let first = sampleManifest(epoch: 9)
            let second = sampleManifest(epoch: 11, seed: 0)
            let digests = try await store.write([second, first])
            #expect(digests == [ArtifactDigest(of: try second.encoded()), ArtifactDigest(of: try first.encoded())])
            let job = JobID(rawValue: first.job)
            #expect(try await store.epochs(of: job) == [Epoch(rawValue: 9), Epoch(rawValue: 11)])
            #expect(try await store.manifest(job: job, epoch: Epoch(rawValue: 9)) == first)
            #expect(try await store.manifest(job: job, epoch: Epoch(rawValue: 11)) == second)
        }
    }

    @Test(arguments: Implementation.allCases)
    func replacesAManifestAsAWhole(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            var manifest = sampleManifest()
            try await store.write([manifest])
            manifest.worker = "another"
            try await store.write([manifest])
            let job = JobID(rawValue: manifest.job)
            #expect(try await store.manifest(job: job, epoch: Epoch(rawValue: manifest.epoch)) == manifest)
            #expect(try await store.epochs(of: job).count == 1)
        }
    }

    @Test(arguments: Implementation.allCases)
    func servesManyWritersAtOnce(_ implementation: Implementation) async throws {
        try await withStore(implementation) { store async throws in
            let groups = (0..<8).map { _ in
                (0..<16).map { ArtifactObject([UInt8](repeating: UInt8($0), count: 5000), kind: .image) }
            }
            try await withThrowingTaskGroup { tasks in
                for group in groups { tasks.addTask { try await store.putMany(group) } }
                for try await digests in tasks { #expect(digests.count == 16) }
            }
            for object in groups[0] { #expect(try await store.get(object.digest) == object.bytes) }
        }
    }

    @Test(arguments: Implementation.allCases)
    func leavesNothingBehindAfterAProbe(_ implementation: Implementation) async throws {
        try await withTemporaryFolder { folder async throws in
            try await implementation.store(in: folder).probe(bytes: 10_000)
            #expect(files(below: folder).isEmpty)
        }
    }
}
