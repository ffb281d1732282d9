import Reporting

/// Images a second through the whole system over the model core alone, in turns.
struct Throughput: Figure {
    let name = "throughput"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        let shape = PrivateSystem.Shape(workers: 1, threads: bench.threads, batch: bench.batch)
        return try await PrivateSystem.running(bench, shape) { system in
            let images = try await bench.images(threads: bench.threads, in: system.scratch)
            // The first passes pay for memory and code that later ones find.
            _ = try await system.draw(8 * bench.batch, of: bench.captions)
            let core = ModelCore(bench, threads: bench.threads)
            var alone: [Double] = []
            var passes: [PrivateSystem.Pass] = []
            for round in 1...bench.sizes.rounds {
                Progress.say("throughput: round \(round) of \(bench.sizes.rounds), \(images) images each")
                alone.append(try await core.rate(images, in: system.scratch))
                passes.append(try await system.draw(images, of: bench.captions))
            }
            var rows = [
                FigureRow.rate(
                    "images/s through the system over the model core alone (\(bench.work))",
                    ours: passes.map(\.rate).median, yardstick: alone.median, goal: 0.95),
                FigureRow(
                    "  least ratio of a round", ours: zip(passes, alone).map { $0.rate / $1 }.min()),
            ]
            rows += Self.processorTime(passes, images: images)
            // Only now has the worker written down all that it did.
            try await system.down()
            return rows + Self.phases(PhaseTimes(reading: system.metrics), rate: passes.map(\.rate).median)
        }
    }

    /// What each part of the system costs.
    private static func processorTime(_ passes: [PrivateSystem.Pass], images: Int) -> [FigureRow] {
        let names = Set(passes.flatMap(\.parts.keys)).subtracting([ProcessorUse.ownName]).sorted()
        return names.map { name in
            let seconds = passes.map { $0.parts[name] ?? 0 }.median
            let part = name == "tedi-coordinato" ? "tedi-coordinator" : name  // The system cuts names to 15 bytes.
            return FigureRow("  processor time of \(part), ms/image", ours: seconds / Double(images) * 1_000)
        } + [FigureRow("  cores busy with anything else meanwhile", ours: passes.map(\.others).median)]
    }

    /// Where the worker's time goes; the phases run beside each other.
    private static func phases(_ times: PhaseTimes, rate: Double) -> [FigureRow] {
        guard times.jobs > 0 else { return [] }
        // Its idle time is mostly that of the model core's turns.
        var rows = times.phases.filter { $0.name != "idle" }.map { phase in
            FigureRow("  worker: \(phase.name), ms/image", ours: phase.seconds / times.jobs * 1_000)
        }
        if let model = times.phases.first(where: { $0.name == "model" }) {
            rows.append(FigureRow("  share of the time that its model works", ours: model.seconds / times.jobs * rate))
        }
        return rows
    }
}
