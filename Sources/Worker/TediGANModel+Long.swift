import Images
import Jobs
import TediGAN
package import WorkerRuntime

extension TediGANModel {
    /// Time between two checkpoints of a job.
    private static let saveInterval = Duration.seconds(10)

    /// An optimisation on its way.
    private struct Run {
        let job: LongJob
        let member: OptimizationSession.Member
        var saved: ContinuousClock.Instant
        var savedStep: Int
    }

    package nonisolated(nonsending) func perform(_ cohort: LongCohort) async {
        let session = OptimizationSession(faces)
        var runs: [Run] = []
        while true {
            for job in await cohort.newcomers() {
                switch job.request.kind {
                case .optimize:
                    do throws(ModelError) {
                        runs.append(try await join(job, session))
                    } catch {
                        await cohort.finish(job, .failed(error))
                    }
                case .evaluate: await cohort.finish(job, await evaluation(job))
                case .generate, .manipulate, .invert, .mix, .interpolate, .drill, .longDrill:
                    await cohort.finish(job, .failed(.refused("\(job.request.kind.rawValue) is not done in steps")))
                }
            }
            guard !runs.isEmpty else { return }
            let stopping = runs.filter(\.job.shouldStop)
            let going = runs.filter { run in !stopping.contains { $0.member === run.member } }
            await cohort.save(stopping.compactMap { state(of: $0, session) })
            for run in stopping {
                session.leave(run.member)
                await cohort.finish(run.job, .yielded)
            }
            runs = []
            for (run, error) in advance(going, session) {
                if let error {
                    session.leave(run.member)
                    await cohort.finish(run.job, .failed(error))
                } else if run.member.isDone {
                    session.leave(run.member)
                    await cohort.finish(run.job, await end(run, session))
                } else {
                    await report(run, session)
                    runs.append(run)
                }
            }
            let due = runs.indices.filter { ContinuousClock.now - runs[$0].saved >= Self.saveInterval }
            await cohort.save(due.compactMap { state(of: runs[$0], session) })
            for place in due { (runs[place].saved, runs[place].savedStep) = (.now, runs[place].member.step) }
        }
    }

    /// Takes a job in, where an earlier attempt has left it.
    private nonisolated(nonsending) func join(
        _ job: LongJob, _ session: OptimizationSession
    ) async throws(ModelError) -> Run {
        let saved = try await job.savedState()
        do throws(TediGANError) {
            let request = try job.job.optimizationRequest()
            var member: OptimizationSession.Member?
            if let saved {
                // A state that cannot be used is none: the work begins anew, slower and right.
                member = try? session.join(request, resuming: saved.bytes)
            }
            let joined = if let member { member } else { try session.join(request) }
            return Run(job: job, member: joined, saved: .now, savedStep: joined.step)
        } catch {
            throw Self.error(error)
        }
    }

    /// Moves all by one step; where that fails, each by itself, so that the one at fault is found.
    private func advance(_ runs: [Run], _ session: OptimizationSession) -> [(Run, ModelError?)] {
        do throws(TediGANError) {
            try session.advance()
            return runs.map { ($0, nil) }
        } catch {
            return runs.map { run in
                do throws(TediGANError) {
                    try session.advance([run.member])
                    return (run, nil)
                } catch {
                    return (run, Self.error(error))
                }
            }
        }
    }

    private nonisolated(nonsending) func report(_ run: Run, _ session: OptimizationSession) async {
        let (step, total) = (run.member.step, run.member.request.steps)
        var preview: RGBImage?
        if run.job.wantsPreview, let pixels = try? session.previews(of: [run.member]).first {
            preview = try? RGBImage(width: identity.resolution, height: identity.resolution, pixels: pixels)
        }
        await run.job.report(
            step: step, of: total, note: Self.note(run.member),
            preview: preview, curve: preview == nil ? nil : LossCurve(run.member.record))
    }

    private static func note(_ member: OptimizationSession.Member) -> String? {
        member.record.losses["total"]?.last.map { "loss \(($0 * 10_000).rounded() / 10_000)" }
    }

    /// What has changed since it was saved last.
    private func state(of run: Run, _ session: OptimizationSession) -> LongJobState? {
        guard run.member.step > run.savedStep, let bytes = try? session.state(of: run.member) else { return nil }
        return LongJobState(
            run.job, bytes: bytes, step: run.member.step, of: run.member.request.steps, note: Self.note(run.member))
    }

    private nonisolated(nonsending) func end(_ run: Run, _ session: OptimizationSession) async -> LongJobEnd {
        do throws(TediGANError) {
            let face = try session.result(of: run.member, isScored: run.job.request.options.scores)
            var image = picture(face, of: run.job.request)
            image.files.append(GeneratedFile(name: "losses.json", bytes: LossCurve(run.member.record).encoded()))
            return .output(.image(image))
        } catch {
            return .failed(Self.error(error))
        }
    }
}

extension LossCurve {
    /// The curve of a record.
    init(_ record: LossRecord) {
        self.init()
        for (place, step) in record.steps.enumerated() {
            append(step: step, record.losses.compactMapValues { place < $0.count ? $0[place] : nil })
        }
    }
}
