import Artifacts
import Failpoints
import Foundation
import Glibc
import Jobs
import Postgres
import Testing

extension FaultSuite {
    @Suite("Faults of workers", .serialized)
    struct WorkerFaults {
        @Test(
            "1: kill -9 at every step of a worker", .timeLimit(.minutes(3)),
            arguments: FaultLength.sample(
                1,
                of: [.afterFinish, .midArtifact, .afterClaim, .afterArtifact, .afterBegin, .beforeClaim] as [Failpoint])
        )
        func killed(_ point: Failpoint) async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                let victims = [
                    try await world.startWorker(failpoint: "\(point.rawValue):2"),
                    try await world.startWorker(failpoint: "\(point.rawValue):5"),
                ]
                try await world.submit(Array(repeating: "ms=20", count: 400))
                for victim in victims { try await victim.ended() }
                #expect(victims.allSatisfy { $0.output.contains("failpoint \(point.rawValue)") })
                try await world.settle()
                #expect(try await world.count(ended: 1) == 400)
            }
        }

        @Test("2: a worker that stood still beyond its lease changes nothing when it goes on", .timeLimit(.minutes(3)))
        func zombie() async throws {
            try await FaultWorld.with(.init(workers: 1)) { world in
                // It stops with jobs that are stored and not reported, the worst moment.
                let zombie = try await world.startWorker(failpoint: "afterArtifact:2=stop")
                try await world.submit(Array(repeating: "ms=30", count: 200))
                try await eventually("the worker stands still") { zombie.isStopped }
                try await world.finishAll()
                #expect(try await world.terminalsChanged() == [])
                let taken = try await world.number("SELECT count(*) FROM job_done WHERE crashes > 0")
                #expect(taken > 0, "the worker held nothing")
                // What it had stored was taken over and not computed again.
                let store = LocalArtifactStore(directory: world.artifacts)
                var adopted = 0
                for row in try await world.query("SELECT id, epoch FROM job_done WHERE crashes > 0") {
                    let (job, last) = (JobID(try row.int64(0)), Epoch(try row.int64(1)))
                    guard let first = try await store.epochs(of: job).first, first < last else { continue }
                    let maker = try await store.manifest(job: job, epoch: first)?.worker
                    #expect(try await store.manifest(job: job, epoch: last)?.worker == maker)
                    adopted += 1
                }
                #expect(adopted > 0, "nothing was stored before it stood still")
                zombie.send(SIGCONT)
                zombie.send(SIGTERM)
                #expect(try await zombie.ended() == 0)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 200)
            }
        }

        @Test("3: a job that needs more memory than there is costs itself only", .timeLimit(.minutes(3)))
        func outOfMemory() async throws {
            try await FaultWorld.with(.init(workers: 0)) { world in
                let limit = ["prlimit", "--as=8589934592"]
                for _ in 0..<2 { try await world.startWorker(wrapper: limit, isSupervised: true) }
                try await world.waitForModel()
                try await world.submit(Array(repeating: "ms=5", count: 30) + ["memory=65536"])
                try await world.settle()
                #expect(try await world.count(ended: 1) == 30)
                let rows = try await world.query("SELECT failure_code, crashes::int8 FROM job_done WHERE state = 2")
                #expect(try rows.map { "\(try $0.string(0)) \(try $0.int64(1))" } == ["poison 3"])
            }
        }

        @Test("4: of a group of eight only the job dies that kills its workers", .timeLimit(.minutes(3)))
        func poison() async throws {
            try await FaultWorld.with(.init(workers: 0, batch: 8)) { world in
                for _ in 0..<2 { try await world.startWorker(isSupervised: true) }
                try await world.waitForModel()
                var scripts = Array(repeating: "ms=10", count: 8)
                scripts[3] = "crash=100"
                try await world.submit(scripts)
                try await world.settle()
                let rows = try await world.query(
                    "SELECT state::int8, crashes::int8, coalesce(failure_code, '') FROM job_done ORDER BY id")
                for (index, row) in rows.enumerated() {
                    let (state, crashes) = (try row.int64(0), try row.int64(1))
                    if index == 3 {
                        #expect((state, crashes) == (2, 3))
                        #expect(try row.string(2) == "poison")
                    } else {
                        #expect(state == 1)
                        #expect(crashes <= 1, "job \(index) was suspected again after it ran alone")
                    }
                }
            }
        }
    }
}
