import Artifacts
import Glibc
import Images
import Jobs
import Synchronization
import WorkerRuntime

/// A small deterministic model of many kinds, which shows what it was given and does as its captions say.
///
/// Long jobs make `steps` steps, together. Words of the caption steer them: `broken` fails at the second step, `odd` is
/// objected to, `slow` saves a checkpoint with each step.
struct StudioModel: ImageModel {
    /// What a test can see of the model and do to it while it runs.
    final class Switchboard: Sendable {
        struct State: Sendable {
            /// Jobs of forward passes.
            var groups: [[ModelJob]] = []
            /// For each step of a cohort the seeds of its members.
            var steps: [[UInt64]] = []
            var isHeld = false
            var isDead = false
            var stepTime = Duration.milliseconds(2)
        }

        private let state = Mutex(State())

        var snapshot: State { state.withLock { $0 } }

        /// Seeds that are worked on now.
        var members: [UInt64] { state.withLock { $0.steps.last ?? [] } }

        func change<R: Sendable>(_ body: (inout State) -> R) -> R { state.withLock { body(&$0) } }

        /// Blocks the model's thread for a step, and while the test holds it.
        func step(_ seeds: [UInt64]) {
            let time = state.withLock { state in
                state.steps.append(seeds)
                return state.stepTime
            }
            usleep(UInt32(time / .microseconds(1)))
            while state.withLock({ $0.isHeld }) { usleep(1_000) }
        }
    }

    static let digest = String(repeating: "7", count: 64)
    static let kinds: [JobKind] = [.generate, .invert, .interpolate, .optimize, .evaluate]

    let switchboard: Switchboard
    let size = 8

    var identity: ModelIdentity {
        ModelIdentity(
            name: "studio", digest: Self.digest, resolution: size, layers: 2, vocabulary: ["a", "man"],
            kinds: Self.kinds, abilities: [.words, .photos, .labels], device: "cpu", versions: ["test": "2"])
    }

    func objection(to request: JobRequest) -> String? {
        request.caption.contains("odd") ? "the caption is odd" : nil
    }

    func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage] {
        requests.map { image($0) }
    }

    func run(_ jobs: [ModelJob]) throws(ModelError) -> [ModelOutput] {
        switchboard.change { $0.groups.append(jobs) }
        while switchboard.snapshot.isHeld { usleep(1_000) }
        return jobs.map { job in
            var image = image(job.request)
            if job.request.kind == .interpolate {
                image.frames = (0..<(job.request.options.frames ?? 2)).map { number in
                    [UInt8](repeating: UInt8(number), count: size * size * 3)
                }
                image.pixels = image.frames[image.frames.count / 2]
            }
            image.scores = [.similarity: 0.25, .loss: .nan]
            return .image(image)
        }
    }

    func selfTest() throws(ModelError) {
        if switchboard.snapshot.isDead { throw .failed("the device is gone") }
    }

    // MARK: Long jobs

    private struct Member {
        let job: LongJob
        var step: Int
        var curve = LossCurve()
    }

    nonisolated(nonsending) func perform(_ cohort: LongCohort) async {
        var members: [Member] = []
        while true {
            for job in await cohort.newcomers() {
                do throws(ModelError) {
                    members.append(Member(job: job, step: try await job.savedState()?.step ?? 0))
                } catch {
                    await cohort.finish(job, .failed(error))
                }
            }
            guard !members.isEmpty else { return }
            switchboard.step(members.map(\.job.request.seed))
            var going: [Member] = []
            for member in members {
                if let member = await advance(member, in: cohort) { going.append(member) }
            }
            members = going
        }
    }

    private nonisolated(nonsending) func advance(_ member: Member, in cohort: LongCohort) async -> Member? {
        var member = member
        let job = member.job
        let total = job.request.options.steps ?? 1
        guard !job.shouldStop else {
            await cohort.finish(job, .yielded)
            return nil
        }
        member.step += 1
        if switchboard.snapshot.isDead || (job.request.caption.contains("broken") && member.step == 2) {
            await cohort.finish(job, .failed(.failed("cannot draw \(job.request.caption)")))
            return nil
        }
        member.curve.append(step: member.step, ["total": 1 / Double(member.step), "pixel": 0.5])
        let preview = job.wantsPreview ? RGBImage(width: size, height: size, filledWith: .white) : nil
        await job.report(step: member.step, of: total, note: "on its way", preview: preview, curve: member.curve)
        if job.request.caption.contains("slow") { await job.save([1, 2, 3], step: member.step, of: total) }
        guard member.step >= total else { return member }
        var image = image(job.request)
        if job.request.kind == .evaluate {
            image.code = []
            image.files = [GeneratedFile(name: "report.json", bytes: Array(#"{"count":3}"#.utf8))]
        }
        await cohort.finish(job, .output(.image(image)))
        return nil
    }

    private func image(_ request: JobRequest) -> GeneratedImage {
        GeneratedImage(
            pixels: (0..<size * size * 3).map { UInt8(truncatingIfNeeded: Int(request.seed % 251) &* 7 &+ $0) },
            width: size, height: size, code: (0..<8).map { Float(request.seed % 1_000) + Float($0) }, layers: 2,
            attributes: [:])
    }
}
