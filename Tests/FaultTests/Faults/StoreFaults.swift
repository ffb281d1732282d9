import Foundation
import Glibc
import Testing

extension FaultSuite {
    @Suite("Faults of the artifact store", .serialized)
    struct StoreFaults {
        @Test("12: the folder cannot be written to for a while", .timeLimit(.minutes(3)))
        func unwritable() async throws {
            try await FaultWorld.with { world in
                try await world.submit(Array(repeating: "ms=20", count: 600))
                try await world.ended(100)
                // Root may write anywhere, so a file takes the place of the folder instead of other permissions.
                let away = world.artifacts + ".away"
                #expect(rename(world.artifacts, away) == 0)
                #expect(FileManager.default.createFile(atPath: world.artifacts, contents: nil))
                try await eventually("a worker says so") {
                    world.workers.contains { $0.output.contains("The artifact store cannot be written to") }
                }
                #expect(unlink(world.artifacts) == 0)
                #expect(rename(away, world.artifacts) == 0)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 600)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE attempt > 1") == 0)
            }
        }

        @Test(
            "12: the disk is full for a while", .timeLimit(.minutes(3)),
            .enabled(if: geteuid() == 0, "only root can mount a small disk"))
        func full() async throws {
            try await FaultWorld.with(.init(coordinators: 0, workers: 0)) { world in
                try FileManager.default.createDirectory(atPath: world.artifacts, withIntermediateDirectories: true)
                guard mount("tedi-faults", world.artifacts, "tmpfs", 0, "size=400k") == 0 else {
                    print("12: no tmpfs can be mounted here (\(String(cString: strerror(errno)))): not tested")
                    return
                }
                defer { umount2(world.artifacts, CInt(MNT_DETACH)) }
                try await world.startCoordinator()
                for _ in 0..<2 { try await world.startWorker() }
                try await world.waitForModel()
                try await world.submit(Array(repeating: "ms=20", count: 150))
                try await eventually("a worker says so", within: .seconds(90)) {
                    world.workers.contains { $0.output.contains("The artifact store cannot be written to") }
                }
                #expect(mount("tedi-faults", world.artifacts, "tmpfs", UInt(MS_REMOUNT), "size=200m") == 0)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 150)
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE attempt > 1") == 0)
            }
        }

        @Test("12: storing takes five seconds, longer than a lease", .timeLimit(.minutes(3)))
        func slow() async throws {
            try await FaultWorld.with(.init(workers: 0)) { world in
                for _ in 0..<2 { try await world.startWorker(failpoint: "midArtifact:3=sleep5000") }
                try await world.waitForModel()
                try await world.submit(Array(repeating: "ms=20", count: 200))
                try await world.settle()
                #expect(try await world.count(ended: 1) == 200)
                // Leases are renewed meanwhile: nobody is suspected, and nothing is done again.
                #expect(try await world.number("SELECT count(*) FROM job_done WHERE attempt > 1 OR crashes > 0") == 0)
                #expect(try await world.number("SELECT count(*) FROM job_attempt") == 0)
            }
        }
    }
}
