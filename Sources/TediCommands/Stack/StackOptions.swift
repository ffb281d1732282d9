import Foundation

/// What was asked of `tedi up`; nil means: as it is, or else as usual.
package struct StackOptions: Sendable, Equatable {
    static let workerRange = 0...256
    static let threadRange = 1...1024
    static let batchRange = 1...256

    package var workers: Int?
    package var pack: String?
    package var threads: Int?
    package var batch: Int?
    package var port: UInt16?

    package init(
        workers: Int? = nil, pack: String? = nil, threads: Int? = nil, batch: Int? = nil, port: UInt16? = nil
    ) {
        self.workers = workers
        self.pack = pack
        self.threads = threads
        self.batch = batch
        self.port = port
    }

    /// Worker processes where nothing was asked: two, so that one may fail, but no more than there are cores.
    package static func usualWorkers(cores: Int) -> Int { min(max(cores, 1), 2) }

    /// Threads of each worker where nothing was asked: the cores are shared out.
    package static func usualThreads(cores: Int, workers: Int) -> Int { max(cores / max(workers, 1), 1) }

    /// Pictures in one forward pass where nothing was asked.
    static let usualBatch = 16

    static let usualPort: UInt16 = 8080

    /// Refuses to change what runs already: processes have their settings from their start.
    ///
    /// - Parameters:
    ///   - note: What runs.
    ///   - pack: The pack that was asked for, if one was.
    package func checkAgainstRunning(_ note: StackNote, pack: PackFolder?) throws(CommandError) {
        func refuse(_ what: String, _ running: String) -> CommandError {
            .badInput("the workers run with \(what) \(running)", remedy: "Stop them first with: tedi down")
        }
        if let pack, pack.digest != note.packDigest { throw refuse("the pack", note.pack) }
        if let threads, threads != note.threads { throw refuse("--threads", "\(note.threads)") }
        if let batch, batch != note.batch { throw refuse("--batch", "\(note.batch)") }
    }
}
