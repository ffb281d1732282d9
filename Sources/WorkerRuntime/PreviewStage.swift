import Artifacts
import Images
import Jobs
import Logging
import Telemetry

/// Stores what is to be shown of long jobs while they run, beside the model, which does not wait for it.
///
/// What comes while the store is busy is stored together next time, the latest of each job.
final class PreviewStage: Sendable {
    private struct Post: Sendable {
        let job: LongJob
        var preview: RGBImage?
        var curve: LossCurve?
    }

    private struct State {
        var posts: [Post] = []
        var isFinished = false
        var receivers: [CheckedContinuation<Void, Never>] = []
    }

    private let artifacts: any ArtifactStore
    private let logger: Logger
    private let monitor = Monitor(State())

    init(artifacts: any ArtifactStore, logger: Logger) {
        self.artifacts = artifacts
        self.logger = logger
    }

    /// Takes over what a job looks like now.
    func post(_ job: LongJob, preview: RGBImage?, curve: LossCurve?) {
        monitor.change(waking: \.receivers) { state in
            let last = state.posts.firstIndex { $0.job === job }.map { state.posts.remove(at: $0) }
            state.posts.append(Post(job: job, preview: preview ?? last?.preview, curve: curve ?? last?.curve))
        }
    }

    /// Nothing more will come.
    func finish() {
        monitor.change(waking: \.receivers) { $0.isFinished = true }
    }

    /// Stores until ``finish()``; what waits then is not of interest any more.
    func run() async {
        while true {
            await monitor.wait(on: \.receivers) { !$0.posts.isEmpty || $0.isFinished }
            let posts = monitor.withLock { state in
                defer { state.posts = [] }
                return state.isFinished ? [] : state.posts
            }
            guard !posts.isEmpty else { return }
            await show(posts)
        }
    }

    private func show(_ posts: [Post]) async {
        do {
            let shown = try posts.map { post in
                (
                    job: post.job,
                    preview: try post.preview.map { ArtifactObject(try PNG.encode($0), kind: .image) },
                    curve: post.curve.map { ArtifactObject($0.encoded(), kind: .report) }
                )
            }
            try await artifacts.putMany(shown.flatMap { [$0.preview, $0.curve].compactMap(\.self) })
            for (job, preview, curve) in shown { job.isShown(preview: preview?.digest, curve: curve?.digest) }
        } catch {
            // The next one will do as well.
            logger.debug("Previews cannot be stored", metadata: [LogKey.error: "\(error)"])
        }
    }
}
