import Artifacts
import Jobs
import Testing
import WorkerRuntime

/// Jobs that were finished when their worker went away, and of which nobody heard.
@Suite struct AdoptionTests {
    /// A worker that is gone; the pictures that it finished have manifests with its name.
    private static let gone = "gone"

    @Test(.timeLimit(.minutes(15)))
    func whatAWorkerFinishedBeforeItWentAwayIsNotComputedAgain() async throws {
        try await Bench.with { bench in
            let payload = Bench.job(1).payload
            try await bench.running(bench.worker()) { () async throws in
                try await bench.push([Bench.job(1)])
                let first = try #require(try await bench.facts(1)[1]?.result)
                let whole = try #require(try await bench.artifacts.manifest(job: JobID(1), epoch: Epoch(10)))
                let missing = try #require(ArtifactDigest(hex: String(repeating: "a", count: 64)))
                let changes: [Int64: (inout ArtifactManifest) -> Void] = [
                    2: { _ in },
                    3: { $0.request = String(decoding: Bench.job(9).payload, as: UTF8.self) },
                    4: { $0.pack.digest = String(repeating: "6", count: 64) },
                    5: { $0.image.digest = missing },
                    6: { $0.code.bytes += 1 },
                    // Of an execution that began after this one: not for this one to tell of.
                    7: { $0.epoch += 2 },
                    // Nobody went away under this one: it is drawn again because that is what is asked for.
                    8: { _ in },
                ]
                for (id, change) in changes {
                    var manifest = whole
                    (manifest.job, manifest.epoch, manifest.worker) = (id, id * 10 - 1, Self.gone)
                    change(&manifest)
                    try await bench.artifacts.write([manifest])
                }
                try await bench.push(
                    changes.keys.map { Bench.job($0, crashes: $0 == 8 ? 0 : 1, payload: payload) })
                let facts = try await bench.facts(changes.count)
                for id in changes.keys {
                    let result = try #require(facts[id]?.result)
                    #expect(result.imageDigest == first.imageDigest && result.codeDigest == first.codeDigest)
                    #expect(result.bytes == first.bytes && result.width == first.width)
                    let manifest = try #require(
                        try await bench.artifacts.manifest(job: JobID(id), epoch: Epoch(id * 10)))
                    #expect(ArtifactDigest(of: try manifest.encoded()).hex == result.manifestDigest)
                    #expect((manifest.worker == Self.gone) == (id == 2), "job \(id)")
                }
            }
            // The first, and all but the one that was taken over.
            #expect(bench.switchboard.snapshot.groups.joined().count == 7)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aLongJobThatWasFinishedIsNotBegunAgain() async throws {
        try await Bench.with { bench in
            let options = JobOptions(steps: 5)
            try await bench.running(bench.studioWorker()) { () async throws in
                let job = try Bench.studioJob(1, .optimize, "a man", options: options)
                try await bench.push([job])
                let first = try #require(try await bench.facts(1)[1]?.result)
                var manifest = try #require(try await bench.artifacts.manifest(job: JobID(1), epoch: Epoch(10)))
                (manifest.job, manifest.epoch) = (2, 19)
                try await bench.artifacts.write([manifest])
                let steps = bench.studio.snapshot.steps.count
                var again = try Bench.studioJob(2, .optimize, "a man", options: options, crashes: 1)
                again.payload = job.payload
                try await bench.push([again])
                let second = try #require(try await bench.facts(1)[2]?.result)
                #expect(second.imageDigest == first.imageDigest && second.details == first.details)
                #expect(bench.studio.snapshot.steps.count == steps)
                // The lane is free for others again.
                try await bench.push([try Bench.studioJob(3, .optimize, "a woman", options: options)])
                #expect(try await bench.facts(1)[3]?.result != nil)
            }
        }
    }
}
