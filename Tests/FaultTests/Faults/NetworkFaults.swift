import Foundation
import Glibc
import Testing

/// Between which hosts packets are lost, and which way.
private struct Partition: Sendable, CustomTestStringConvertible {
    var one: String
    var others: [String]
    var cut: Network.Cut

    var testDescription: String {
        let others = others.joined(separator: ", ")
        return switch cut {
        case .there: "nothing arrives from \(one) at \(others)"
        case .back: "nothing arrives at \(one) from \(others)"
        case .both: "\(one) and \(others) are apart"
        }
    }

    /// Every way to part two hosts.
    static func ways(_ one: String, _ others: String...) -> [Partition] {
        Network.Cut.allCases.map { Partition(one: one, others: others, cut: $0) }
    }

    func begin(in network: Network) async throws {
        for other in others { try await network.cut(one, other, cut) }
    }

    func end(in network: Network) async throws {
        for other in others { try await network.join(one, other) }
    }
}

extension FaultSuite {
    /// Everything on a host of its own: packets take 50 ms, and 5 % of them are lost.
    @Suite(
        "Between hosts", .serialized,
        .enabled(if: Network.obstacle == nil, "\(Network.obstacle ?? "")"))
    struct NetworkFaults {
        private static let long: Comment = "takes a quarter of an hour: TEDI_NETWORK=1 or TEDI_FAULTS=full runs it"
        private static let partitions =
            Partition.ways("coordinator1", "postgres") + Partition.ways("coordinator1", "redis")
            + Partition.ways("coordinator1", "postgres", "redis") + Partition.ways("worker1", "redis")
        private static let names = [
            "postgres", "redis", "coordinator1", "coordinator2", "worker1", "worker2", "client",
        ]

        private static let seed =
            UInt64(ProcessInfo.processInfo.environment["TEDI_FAULT_SEED"] ?? "") ?? UInt64.random(in: 1...999_999)

        /// How long hosts are apart: longer than a lease of a job (3 s) and than that of the leader (6 s).
        private static let apart = Duration.seconds(12)

        private func between(
            isWithoutRedis: Bool = false, coordinators: Int = 2, batch: Int = 4,
            _ body: @Sendable (FaultWorld, Network, [String: Network.Host]) async throws -> Void
        ) async throws {
            print("network: seed \(Self.seed) (TEDI_FAULT_SEED=\(Self.seed) repeats the losses)")
            try await Network.with(Self.names, seed: Self.seed) { network in
                try await network.disturb(delay: 50, loss: 5)
                let hosts = network.hosts
                let setup = FaultWorld.Setup(
                    coordinators: 0, workers: 0, batch: batch, isWithoutRedis: isWithoutRedis, network: network)
                try await FaultWorld.with(setup) { world in
                    try await world.startCoordinator(on: hosts["coordinator1"], isSupervised: true)
                    try await eventually("the first coordinator leads") { try await world.leader() != nil }
                    if coordinators > 1 {
                        try await world.startCoordinator(on: hosts["coordinator2"], isSupervised: true)
                    }
                    for name in ["worker1", "worker2"] {
                        try await world.startWorker(on: hosts[name], isSupervised: true)
                    }
                    try await world.waitForModel()
                    try await body(world, network, hosts)
                }
                print("network: packets: \(try await network.counts())")
            }
        }

        @Test(
            "Partitions while a batch runs: submissions go on, and every job ends once", .timeLimit(.minutes(5)),
            arguments: FaultLength.hasNetwork ? partitions : [partitions[0]])
        private func partition(_ partition: Partition) async throws {
            try await between { world, network, hosts in
                let (client, second) = (try #require(hosts["client"]), try #require(hosts["coordinator2"]))
                let before = try await world.submit(Array(repeating: "ms=50", count: 400), from: client, via: second)
                #expect(try await before.ended() == 0, "\(before.output)")
                try await world.ended(40)
                let start = ContinuousClock.now
                try await partition.begin(in: network)
                let during = try await world.submit(Array(repeating: "ms=50", count: 100), from: client, via: second)
                if partition.one == "coordinator1" {
                    try await eventually("another leads", within: .seconds(20)) {
                        try await world.leader()?.plan.host == "coordinator2"
                    }
                    let takeover = ContinuousClock.now - start
                    print("takeover where \(partition.testDescription): \(takeover)")
                    // It looks for Redis every second, and gives it five.
                    #expect(takeover < .seconds(partition.others.contains("postgres") ? 10 : 12))
                }
                #expect(try await during.ended() == 0, "\(during.output)")
                #expect(ContinuousClock.now - start < Self.apart, "submission waited for the end of the partition")
                #expect(try await world.terminalsChanged() == [])
                try await Task.sleep(until: start + Self.apart)
                let done = try await world.count(ended: 1)
                try await partition.end(in: network)
                let healed = ContinuousClock.now
                try await world.settle()
                print(
                    "where \(partition.testDescription): \(done) of 500 had succeeded at its end, all "
                        + "\(ContinuousClock.now - healed) later")
                #expect(try await world.count(ended: 1) == 500)
            }
        }

        @Test(
            "Workers without Redis are cut off from the coordinator", .timeLimit(.minutes(5)),
            .enabled(if: FaultLength.hasNetwork, long),
            arguments: Partition.ways("worker1", "coordinator1"))
        private func withoutRedis(_ partition: Partition) async throws {
            try await between(isWithoutRedis: true, coordinators: 1) { world, network, hosts in
                let (client, only) = (try #require(hosts["client"]), try #require(hosts["coordinator1"]))
                let submission = try await world.submit(
                    Array(repeating: "ms=50", count: 300), from: client, via: only)
                #expect(try await submission.ended() == 0, "\(submission.output)")
                try await world.ended(20)
                try await partition.begin(in: network)
                try await Task.sleep(for: Self.apart)
                try await partition.end(in: network)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 300)
            }
        }

        @Test(
            "A client is cut off while it submits: it goes on where the coordinator stopped", .timeLimit(.minutes(5)),
            .enabled(if: FaultLength.hasNetwork, long),
            arguments: Partition.ways("client", "coordinator1"))
        private func submission(_ partition: Partition) async throws {
            try await between(batch: 64) { world, network, hosts in
                let (client, first) = (try #require(hosts["client"]), try #require(hosts["coordinator1"]))
                let submission = try await world.submit(
                    Array(repeating: "noop", count: 2_000), from: client, via: first)
                try await eventually("the upload has begun") {
                    try await world.number("SELECT count(*) FROM batch") == 1
                }
                try await Task.sleep(for: .milliseconds(500))
                try await partition.begin(in: network)
                try await Task.sleep(for: .seconds(8))
                try await partition.end(in: network)
                #expect(try await submission.ended(within: .seconds(120)) == 0, "\(submission.output)")
                try await world.settle()
                #expect(try await world.number("SELECT count(*) FROM batch") == 1)
                #expect(try await world.number("SELECT count(*) FROM job_done") == 2_000)
            }
        }

        @Test(
            "Connections are reset in the middle of anything", .timeLimit(.minutes(5)),
            .enabled(if: FaultLength.hasNetwork, long), arguments: [false, true])
        private func resets(isWithoutRedis: Bool) async throws {
            try await between(isWithoutRedis: isWithoutRedis) { world, network, hosts in
                let (client, second) = (try #require(hosts["client"]), try #require(hosts["coordinator2"]))
                try await network.disturb(delay: 5, loss: 0, resets: 0.3)
                for _ in 0..<3 {
                    let submission = try await world.submit(
                        Array(repeating: "ms=20", count: 400), from: client, via: second)
                    #expect(try await submission.ended() == 0, "\(submission.output)")
                }
                try await world.finishAll()
                let resets = try await network.resets()
                #expect(resets > 10, "hardly anything was reset")
                try await network.disturb(delay: 5, loss: 0)
                try await world.settle()
                #expect(try await world.count(ended: 1) == 1_200)
                print("network: 1,200 jobs ended once through \(resets) resets")
            }
        }

        @Test("Partitions and kills at random", .timeLimit(.minutes(15)), .enabled(if: FaultLength.hasNetwork, long))
        func chaos() async throws {
            try await between { world, network, hosts in
                let (client, second) = (try #require(hosts["client"]), try #require(hosts["coordinator2"]))
                var generator = SeededGenerator(seed: Self.seed)
                let links = [
                    ("worker1", "redis"), ("worker2", "redis"), ("coordinator1", "redis"), ("coordinator2", "redis"),
                    ("coordinator1", "postgres"), ("coordinator2", "postgres"),
                ]
                let submission = try await world.submit(
                    Array(repeating: "ms=60", count: 2_000), from: client, via: second)
                #expect(try await submission.ended() == 0, "\(submission.output)")
                for _ in 0..<20 {
                    let (one, other) = links[Int.random(in: 0..<links.count, using: &generator)]
                    let cut = Network.Cut.allCases[Int.random(in: 0..<3, using: &generator)]
                    let time = Int.random(in: 500...8_000, using: &generator)
                    let isKill = Int.random(in: 0..<3, using: &generator) == 0
                    try await network.cut(one, other, cut)
                    try await Task.sleep(for: .milliseconds(time))
                    if isKill { world.daemons.first { $0.isRunning && $0.plan.host == one }?.send(SIGKILL) }
                    try await network.join(one, other)
                    try await Task.sleep(for: .milliseconds(1_000))
                    #expect(try await world.terminalsChanged() == [])
                }
                try await world.settle(within: .seconds(300))
                #expect(try await world.number("SELECT count(*) FROM job_done") == 2_000)
                #expect(
                    try await world.number(
                        "SELECT count(*) FROM job_done WHERE state <> 1 AND failure_code IS DISTINCT FROM 'poison'")
                        == 0)
            }
        }
    }
}
