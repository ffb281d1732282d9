import Artifacts
import Crypto
import Glibc
import Jobs
import WorkerRuntime

/// A model without tensors, which does what the script of a drill says.
///
/// Its picture depends on the seed, the sample and the number of steps alone: a job that was interrupted and went on from
/// a checkpoint makes the same one.
struct DrillModel: ImageModel {
    /// Name that drills are submitted to.
    static let name = "drill"
    /// Digest of the model: of its name and the version of what it draws.
    static let digest = Hash.hex(SHA256.hash(data: Array("tedi drill 1".utf8)))

    /// The result of jobs that store nothing: one picture that is stored already.
    let noop: JobResult

    let identity = ModelIdentity(
        name: DrillModel.name, digest: DrillModel.digest, resolution: DrillPicture.size, layers: 1, vocabulary: [],
        kinds: [.drill, .longDrill], device: "cpu", versions: Versions.all)

    func objection(to request: JobRequest) -> String? {
        do throws(RequestError) {
            let script = try DrillScript(request.caption)
            return script.isRefused ? "the drill asks to be refused" : nil
        } catch {
            return error.description
        }
    }

    func generate(_ requests: [JobRequest]) throws(ModelError) -> [GeneratedImage] {
        requests.map { DrillPicture(seed: $0.seed, sample: $0.sample).image }
    }

    func run(_ jobs: [ModelJob]) throws(ModelError) -> [ModelOutput] {
        var longest = Duration.zero
        var memory: [UnsafeMutableRawPointer] = []
        defer { for block in memory { free(block) } }
        for job in jobs {
            let script = try Self.script(of: job)
            if let block = Self.hold(script.memory) { memory.append(block) }
            longest = max(longest, script.time)
            if job.attempt <= script.hangs { longest = .seconds(86_400) }
        }
        Self.sleep(longest)
        return try jobs.map { (job) throws(ModelError) in
            if try Self.script(of: job).isNoop { return .result(noop) }
            return .image(DrillPicture(seed: job.request.seed, sample: job.request.sample).image)
        }
    }

    nonisolated(nonsending) func perform(_ cohort: LongCohort) async {
        var drills: [LongDrill] = []
        while true {
            for job in await cohort.newcomers() {
                do throws(ModelError) {
                    drills.append(try await LongDrill(job, try Self.script(of: job.job)))
                } catch {
                    await cohort.finish(job, .failed(error))
                }
            }
            var going: [LongDrill] = []
            for drill in drills {
                if drill.isDone {
                    await cohort.finish(drill.job, .output(drill.script.isNoop ? .result(noop) : .image(drill.image)))
                } else if drill.job.shouldStop {
                    await cohort.finish(drill.job, .yielded)
                } else {
                    going.append(drill)
                }
            }
            guard !going.isEmpty || !drills.isEmpty else { return }
            Self.sleep(going.map(\.timeOfStep).max() ?? .zero)
            for index in going.indices { await going[index].advance() }
            drills = going
        }
    }

    func selfTest() throws(ModelError) {}

    // MARK: Parts

    /// Reads the script of a job, and does at once what it says of failing.
    private static func script(of job: ModelJob) throws(ModelError) -> DrillScript {
        let script: DrillScript
        do throws(RequestError) {
            script = try DrillScript(job.request.caption)
        } catch {
            throw .refused(error.description)
        }
        if job.crashes < script.crashes { kill(getpid(), SIGKILL) }
        if job.attempt <= script.failures {
            let message = "the drill asks its attempt \(job.attempt) to fail"
            guard let wait = script.retryAfter else { throw .failed(message) }
            throw .busy(message, retryAfter: wait)
        }
        return script
    }

    /// Memory that is really there: every page is written to.
    ///
    /// Where there is not as much, the process ends as Linux ends one.
    private static func hold(_ bytes: Int) -> UnsafeMutableRawPointer? {
        guard bytes > 0 else { return nil }
        guard let block = malloc(bytes) else {
            kill(getpid(), SIGKILL)
            return nil
        }
        memset(block, 1, bytes)
        return block
    }

    /// Blocks the thread of the model, as a forward pass does.
    private static func sleep(_ duration: Duration) {
        guard duration > .zero else { return }
        let (seconds, attoseconds) = duration.components
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        // The address is that of a local variable, which outlives the call; a signal only makes the sleep shorter.
        nanosleep(&time, nil)
    }
}

/// Digests as text.
enum Hash {
    static func hex(_ digest: SHA256.Digest) -> String {
        digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
