import Foundation

/// With what a stack is started: what was asked for, else what the last run had, else what is usual.
package struct StackPlan: Equatable, Sendable {
    /// The note of the stack as it will be.
    package private(set) var note: StackNote
    /// What was taken over from the last run and is not usual, in one line; nil if there is nothing to say.
    package private(set) var remark: String?

    /// Plans a stack of which no worker runs.
    ///
    /// - Parameters:
    ///   - options: What the flags say.
    ///   - named: The pack that `--pack` or `TEDI_PACK` names.
    ///   - last: The note of the last run; settings with which nothing ever listened are not taken over.
    ///   - cores: Cores of this machine.
    ///   - usual: Finds the pack that is taken where none is named.
    package init(
        _ options: StackOptions, named: PackFolder?, last: StackNote?, cores: Int,
        usual: () throws(CommandError) -> PackFolder
    ) throws(CommandError) {
        let proven = last?.address == nil ? nil : last
        var reused: [String] = []
        var gone: String?
        var pack = named
        if pack == nil, let proven {
            pack = try? PackFolder(proven.pack, source: "the pack of the last run")
            let other = try? usual()
            if let pack, pack.path != other?.path { reused.append("--pack \(pack.path)") }
            if pack == nil { gone = "the pack of the last run is gone: \(proven.pack)" }
        }
        let chosen: PackFolder
        if let pack { chosen = pack } else { chosen = try usual() }

        let usualWorkers = StackOptions.usualWorkers(cores: cores)
        let workers = options.workers ?? proven?.workers ?? usualWorkers
        if options.workers == nil, workers != usualWorkers { reused.append("--workers \(workers)") }

        // Threads that nobody asked for follow the number of workers, which may be another this time.
        let lastThreads = proven.flatMap { note in
            note.threads == StackOptions.usualThreads(cores: cores, workers: note.workers) ? nil : note.threads
        }
        let usualThreads = StackOptions.usualThreads(cores: cores, workers: workers)
        if options.threads == nil, let lastThreads { reused.append("--threads \(lastThreads)") }

        let batch = options.batch ?? proven?.batch ?? StackOptions.usualBatch
        if options.batch == nil, batch != StackOptions.usualBatch { reused.append("--batch \(batch)") }

        note = StackNote(
            api: last?.api ?? "", pack: chosen.path, packDigest: chosen.digest, workers: workers,
            threads: options.threads ?? lastThreads ?? usualThreads, batch: batch)
        let parts = [gone, reused.isEmpty ? nil : "as the last time: \(reused.joined(separator: " "))"]
        remark = parts.contains { $0 != nil } ? parts.compactMap { $0 }.joined(separator: "; ") : nil
    }

    /// Plans a stack whose workers run: they have their settings from their start, only their number may change.
    package init(
        _ options: StackOptions, named: PackFolder?, running note: StackNote
    ) throws(CommandError) {
        try options.checkAgainstRunning(note, pack: named)
        self.note = note
        self.note.workers = options.workers ?? note.workers
    }
}
