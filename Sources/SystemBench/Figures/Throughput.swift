import Reporting

/// Images a second through the whole system over the model core alone, in turns.
///
/// Twice: with workers of one thread, one for each core, as `tedi up` makes them, and with one worker of all threads.
struct Throughput: Figure {
    let name = "throughput"

    func measure(_ bench: Bench) async throws -> [FigureRow] {
        try await many(bench) + one(bench)
    }

    /// What the workers of `tedi up` draw, over one process with as many threads, as a script would be; then over as
    /// many processes of one thread, which is the most that the cores give.
    private func many(_ bench: Bench) async throws -> [FigureRow] {
        let count = bench.threads
        let shape = PrivateSystem.Shape(workers: count, threads: 1, batch: bench.batch)
        let workers = count == 1 ? "1 worker" : "\(count) workers"
        return try await measure(
            bench, shape,
            beside: [ModelCore(bench, threads: count), ModelCore(bench, threads: 1, processes: count)]
        ) { passes, alone in
            let rate = passes.map(\.rate).median
            return [
                .rate(
                    "images/s through the system (\(workers) of one thread) over the model core alone (\(bench.work))",
                    ours: rate, yardstick: alone[0].median, goal: 0.95),
                FigureRow("  least ratio of a round", ours: zip(passes, alone[0]).map { $0.rate / $1 }.min()),
                .rate(
                    "  over the model core alone in as many processes of one thread", ours: rate,
                    yardstick: alone[1].median, goal: nil),
            ]
        }
    }

    /// The same cores as the threads of one worker.
    private func one(_ bench: Bench) async throws -> [FigureRow] {
        let shape = PrivateSystem.Shape(workers: 1, threads: bench.threads, batch: bench.batch)
        return try await measure(bench, shape, beside: [ModelCore(bench, threads: bench.threads)]) { passes, alone in
            [
                .rate(
                    "images/s through one worker of \(bench.threads) threads over the model core alone (\(bench.work))",
                    ours: passes.map(\.rate).median, yardstick: alone[0].median, goal: nil)
            ]
        }
    }

    /// Draws the same images by the system and by each of `cores`, round after round.
    private func measure(
        _ bench: Bench, _ shape: PrivateSystem.Shape, beside cores: [ModelCore],
        rows: @escaping @Sendable ([PrivateSystem.Pass], [[Double]]) -> [FigureRow]
    ) async throws -> [FigureRow] {
        try await PrivateSystem.running(bench, shape) { system in
            let images = try await bench.images(threads: bench.threads, in: system.scratch)
            // The first passes pay for memory and code that later ones find.
            _ = try await system.draw(8 * bench.batch * shape.workers, of: bench.captions)
            var alone = cores.map { _ in [Double]() }
            var passes: [PrivateSystem.Pass] = []
            for round in 1...bench.sizes.rounds {
                Progress.say("throughput: round \(round) of \(bench.sizes.rounds), \(images) images each")
                for (place, core) in cores.enumerated() {
                    alone[place].append(try await core.rate(images / core.processes, in: system.scratch))
                }
                passes.append(try await system.draw(images, of: bench.captions))
            }
            // Only now has a worker written down all that it did.
            try await system.down()
            let times = PhaseTimes(reading: system.metrics)
            return rows(passes, alone) + Self.processorTime(passes, images: images)
                + Self.phases(times, rate: passes.map(\.rate).median / Double(shape.workers))
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

    /// Where the time of one worker goes; the phases run beside each other.
    ///
    /// - Parameter rate: Images a second of one worker.
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
