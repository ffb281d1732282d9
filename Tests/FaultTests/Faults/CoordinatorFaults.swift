import Client
import Failpoints
import Foundation
import Glibc
import Testing

extension FaultSuite {
    @Suite("Faults of coordinators", .serialized)
    struct CoordinatorFaults {
        static let points: [Failpoint] = [
            .afterDispatchCommit, .afterRecordCommit, .afterCancelCommit, .afterUploadCommit, .afterSealCommit,
            .afterPush, .afterReap, .afterPromoteCommit, .afterRequeueCommit, .afterLeading,
            .afterRecall,
        ]

        @Test(
            "5: kill -9 at every commit point", .timeLimit(.minutes(3)), arguments: FaultLength.sample(1, of: points))
        func killed(_ point: Failpoint) async throws {
            try await run(point, "kill")
        }

        @Test(
            "5: an error at every commit point", .timeLimit(.minutes(3)),
            arguments: FaultLength.current == .full
                ? points : FaultLength.sample(1, of: [.afterRecall, .afterCancelCommit, .afterDispatchCommit]))
        func failing(_ point: Failpoint) async throws {
            try await run(point, "error")
        }

        private func run(_ point: Failpoint, _ action: String) async throws {
            try await FaultWorld.with(.init(coordinators: 0, workers: 1)) { world in
                let victim = try await world.startCoordinator(
                    failpoint: "\(point.rawValue)=\(action)", isSupervised: true)
                try await world.waitForModel()
                try await provoke(point, of: victim, in: world)
                if action == "kill" { try await victim.ended() }
                try await eventually("the failpoint is reached") {
                    victim.output.contains("failpoint \(point.rawValue)")
                }
                try await world.settle()
                if point != .afterCancelCommit {
                    #expect(try await world.number("SELECT count(*) FROM job_done WHERE state <> 1") == 0)
                }
            }
        }

        /// Does what brings a coordinator to a point.
        private func provoke(_ point: Failpoint, of victim: Daemon, in world: FaultWorld) async throws {
            switch point {
            case .afterReap:
                let victim = try await world.startWorker(failpoint: "afterBegin:2")
                try await world.submit(Array(repeating: "ms=40", count: 200))
                try await victim.ended()
            case .afterPromoteCommit:
                try await world.submit(Array(repeating: "ms=1 fail=1 retry_after=200", count: 100))
            case .afterCancelCommit:
                let batch = try await world.submit(Array(repeating: "ms=300", count: 400))
                try await world.ended(4)
                try await eventually("the batch is called off") {
                    try await world.withClient { _ = try await $0.cancel(batch: batch) }
                    return true
                }
            case .afterRecall:
                let batch = try await world.submit(Array(repeating: "ms=40", count: 400))
                try await world.ended(10)
                try await eventually("the batch is paused") {
                    try await world.withClient { _ = try await $0.pause(batch: batch) }
                    return true
                }
                try await eventually("the failpoint is reached") { victim.output.contains("failpoint") }
                try await eventually("the batch is resumed") {
                    try await world.withClient { _ = try await $0.resume(batch: batch) }
                    return true
                }
            case .afterRequeueCommit:
                try await world.submit(Array(repeating: "ms=40", count: 300))
                try await world.ended(10)
                try await world.wipeRedis()
            default:
                try await world.submit(Array(repeating: "ms=10", count: 300))
            }
        }

        @Test(
            "6: a leader that stood still beyond its lease changes nothing when it goes on", .timeLimit(.minutes(3)),
            arguments: FaultLength.sample(
                1, of: [.afterDispatchCommit, .afterRecordCommit, .afterPush, .afterReap, nil] as [Failpoint?]))
        func oldLeader(_ point: Failpoint?) async throws {
            try await FaultWorld.with(.init(coordinators: 0, workers: 2)) { world in
                let number = point == .afterReap ? 1 : 2
                let old = try await world.startCoordinator(failpoint: point.map { "\($0.rawValue):\(number)=stop" })
                try await world.waitForModel()
                let next = try await world.startCoordinator()
                try await eventually("the second coordinator listens") { next.output.contains("Listening") }
                if point == .afterReap {
                    let victim = try await world.startWorker(failpoint: "afterBegin:2")
                    try await world.submit(Array(repeating: "ms=20", count: 1_500))
                    try await victim.ended()
                } else {
                    try await world.submit(Array(repeating: "ms=20", count: 1_500))
                }
                if point == nil { try await world.ended(50) }
                let watch = ContinuousClock()
                var stopped = watch.now
                if point == nil {
                    old.send(SIGSTOP)
                } else {
                    try await eventually("the leader stands still") {
                        stopped = watch.now
                        return old.isStopped
                    }
                }
                try await eventually("another leads", within: .seconds(30)) {
                    try await world.leader()?.plan.name == next.plan.name
                }
                let takeover = stopped.duration(to: watch.now)
                print("takeover from a leader that stands still at \(point?.rawValue ?? "any moment"): \(takeover)")
                // Lease of 6 s, and at most one second between two looks of those who wait; the rest is for this machine.
                #expect(takeover < .seconds(10))
                let before = try await world.number("SELECT term FROM leader")
                old.send(SIGCONT)
                try await eventually("the old leader knows that it is none") {
                    old.output.contains("Not leading any more")
                }
                try await world.settle()
                #expect(try await world.number("SELECT term FROM leader") == before)
                #expect(try await world.count(ended: 1) == 1_500)
            }
        }
    }
}
