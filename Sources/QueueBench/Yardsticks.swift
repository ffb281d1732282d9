import Foundation
import Glibc
import PrivateStack
import Reporting

/// What other queues do on the same servers, as `Bench/peers/run` prints it.
struct Yardsticks: Sendable {
    /// One peer.
    struct Peer: Decodable, Sendable {
        var peer: String
        var error: String?
        var enqueuePerSecond: Double?
        var drainPerSecond: Double?
        var wholePerSecond: Double?
        var microseconds: Double?
        var pickupMedian: Double?
        var pickupTail: Double?

        private enum CodingKeys: String, CodingKey {
            case peer, error
            case enqueuePerSecond = "enqueue_per_s"
            case drainPerSecond = "drain_per_s"
            case wholePerSecond = "drain_whole_per_s"
            case microseconds = "cpu_us_per_job"
            case pickupMedian = "pickup_p50_ms"
            case pickupTail = "pickup_p99_ms"
        }
    }

    /// Those that were measured.
    private(set) var peers: [Peer] = []

    /// Nothing to compare with.
    init() {}

    /// Reads one JSON object from each line.
    init(lines: some Sequence<some StringProtocol>) throws {
        peers = try lines.map { try JSONDecoder().decode(Peer.self, from: Data($0.utf8)) }
    }

    /// Of several runs the medians, peer by peer.
    init(mediansOf runs: [Yardsticks]) {
        let byName = Dictionary(grouping: runs.flatMap(\.peers), by: \.peer)
        peers = byName.sorted { $0.key < $1.key }.map { name, runs in
            func median(_ key: KeyPath<Peer, Double?>) -> Double? {
                let values = runs.compactMap { $0[keyPath: key] }
                return values.isEmpty ? nil : values.median
            }
            return Peer(
                peer: name, error: runs.lazy.compactMap(\.error).first, enqueuePerSecond: median(\.enqueuePerSecond),
                drainPerSecond: median(\.drainPerSecond), wholePerSecond: median(\.wholePerSecond),
                microseconds: median(\.microseconds), pickupMedian: median(\.pickupMedian),
                pickupTail: median(\.pickupTail))
        }
    }

    /// The peer with the greatest number and that number.
    func most(_ key: KeyPath<Peer, Double?>) -> (name: String, value: Double)? {
        peers.compactMap { peer in peer[keyPath: key].map { (name: peer.peer, value: $0) } }
            .max { $0.value < $1.value }
    }

    /// The peer with the least number and that number.
    func least(_ key: KeyPath<Peer, Double?>) -> (name: String, value: Double)? {
        peers.compactMap { peer in peer[keyPath: key].map { (name: peer.peer, value: $0) } }
            .min { $0.value < $1.value }
    }

    /// Runs peers one after the other; prints what each came to.
    static func measure(_ servers: Servers, peers: [String], jobs: Int) async throws -> Yardsticks {
        let script = "Bench/peers/run"
        guard FileManager.default.isExecutableFile(atPath: script) else {
            throw BenchError("\(script) is not there. Call this in the root of the repository, or with --no-peers.")
        }
        let log = "\(servers.folder)/peers.jsonl"
        // What an earlier call printed is not of this one.
        try? FileManager.default.removeItem(atPath: log)
        let child = try await Child.start(
            [
                FileManager.default.currentDirectoryPath + "/" + script, "--postgres", servers.postgresSocket,
                "--redis", servers.redis.address, "--jobs", "\(jobs)",
            ] + peers, environment: ProcessInfo.processInfo.environment, log: log)
        while await child.isRunning { try await Task.sleep(for: .milliseconds(200)) }
        let lines = (try String(contentsOfFile: log, encoding: .utf8)).split(separator: "\n")
        for line in lines { Progress.say(String(line)) }
        let yardsticks = try? Yardsticks(lines: lines)
        guard let yardsticks, !yardsticks.peers.isEmpty else {
            throw BenchError("\(script) printed nothing of use. Run it by hand to see why, or use --no-peers.")
        }
        return yardsticks
    }
}
