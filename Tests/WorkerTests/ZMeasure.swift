import Artifacts
import Foundation
import Jobs
import Testing
import Worker

@Suite struct ZMeasure {
    @Test func overlap() async throws {
        let folder = "/tmp/q5-measure-\(UUID().uuidString)"
        try await Bench.with(Bench.quick { $0.batch = 16; $0.lease = .seconds(12); $0.beat = .seconds(3) }, artifacts: LocalArtifactStore(directory: folder)) { bench in
            bench.switchboard.change { $0.passTime = .milliseconds(150) }
            let n = 16 * 40
            try await bench.push((1...n).map { Bench.job(Int64($0)) })
            let start = ContinuousClock.now
            try await bench.running(bench.worker()) { () async throws in
                _ = try await bench.facts(n, within: .seconds(120))
                let wall = ContinuousClock.now - start
                let groups = bench.switchboard.snapshot.groups.count
                print("MEASURE groups \(groups) wall \(wall) ratio \(Double(groups) * 0.15 / (wall / .seconds(1)))")
            }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
