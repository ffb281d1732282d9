import Client
import Reporting

/// What a job leaves behind and what a long queue costs.
struct Footprint: Figure {
    let name = "footprint"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let drain = try await bench.plainDrains(1)[0]
        let queued = bench.sizes.queued
        let memory = try await bench.withSystem { system in
            let before = try await system.servers.redisMemory()
            let batch = try await system.upload(queued)
            _ = try await system.client.seal(batch: batch)
            // No worker takes anything: the window fills and stays full.
            var last = 0.0
            while true {
                try await Task.sleep(for: .seconds(1))
                let now = try await system.servers.redisMemory()
                if now > before, abs(now - last) < 65_536 { return now - before }
                last = now
            }
        }
        return [
            FigureRow("WAL of a drain, bytes/job", ours: drain.wal),
            FigureRow("commits of a drain per 1000 jobs", ours: drain.commits * 1_000),
            FigureRow("dead rows at the end of a drain per 1000 jobs", ours: drain.deadRows * 1_000),
            FigureRow("memory of Redis with \(queued) jobs queued, MB", ours: memory / 1e6),
        ]
    }
}
