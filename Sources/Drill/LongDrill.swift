import Jobs
import WorkerRuntime

/// One long drill on its way, beside others.
struct LongDrill {
    let job: LongJob
    let script: DrillScript
    private var picture: DrillPicture
    private var step = 0

    /// Begins where an earlier attempt has come to, or at the beginning.
    init(_ job: LongJob, _ script: DrillScript) async throws(ModelError) {
        self.job = job
        self.script = script
        picture = DrillPicture(seed: job.request.seed, sample: job.request.sample)
        if let (saved, bytes) = try await job.savedState(), let state = DrillPicture(state: bytes) {
            (step, picture) = (saved, state)
        }
    }

    /// What it has drawn.
    var image: GeneratedImage { picture.image }

    private var isHanging: Bool { job.attempt <= script.hangs }

    /// Whether every step is made.
    var isDone: Bool { step >= script.steps && !isHanging }

    /// How long one step takes.
    var timeOfStep: Duration { isHanging ? max(script.time, .milliseconds(50)) : script.time }

    /// Makes one step; one that hangs makes none.
    mutating func advance() async {
        guard !isHanging else { return }
        step += 1
        picture.stir()
        if script.checkpointInterval > 0, step.isMultiple(of: script.checkpointInterval) {
            await job.save(picture.saved, step: step, of: script.steps)
        } else {
            await job.report(step: step, of: script.steps)
        }
    }
}
