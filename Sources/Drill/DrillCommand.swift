public import ArgumentParser
import Artifacts
import Images
import Jobs
import WorkerRuntime

/// `tedi-drill`: a worker without a model, which exercises the queue.
///
/// It is the same worker as `tedi-worker` in everything but the model: claim, beat, store, report and drain are the same
/// code, so that what a drill shows of the queue holds for pictures as well.
public struct DrillCommand: AsyncParsableCommand {
    /// Name, summary and version.
    public static let configuration = CommandConfiguration(
        commandName: "tedi-drill",
        abstract: "Works on drills from the queue: jobs that wait, fail or crash on demand.",
        discussion: """
            A drill is submitted like captions, to the model “drill”; each line is a script of words such as noop, ms=200, \
            steps=10, checkpoint=5, fail=2, retry_after=500, refuse, crash=1, hang=1 and memory=64. Settings come from \
            flags, else from the environment, as those of tedi-worker.

            Example: tedi-drill --redis /run/tedi/redis.sock --artifacts /var/lib/tedi/artifacts
            """,
        version: Versions.tedi)

    @OptionGroup private var options: WorkerOptions

    /// Makes the command.
    public init() {}

    /// Runs until SIGTERM.
    public func run() async throws {
        let configuration = try options.checkedConfiguration(program: "tedi-drill")
        let noop = try await Self.storeNoop(in: LocalArtifactStore(directory: configuration.artifacts))
        try await WorkerProcess.run(configuration, makeModels: [{ DrillModel(noop: noop) }])
    }

    /// Stores the one picture that all jobs share which store nothing.
    private static func storeNoop(in store: LocalArtifactStore) async throws -> JobResult {
        let image = DrillPicture(seed: 0, sample: 0).image
        let picture = try RGBImage(width: image.width, height: image.height, pixels: image.pixels)
        let png = ArtifactObject(try PNG.encode(picture, level: 1), kind: .image)
        let code = ArtifactObject(
            try LatentCodeFile(layers: 1, width: image.code.count, values: image.code).encoded(), kind: .code)
        try await store.putMany([png, code])
        return JobResult(
            imageDigest: png.digest.hex, bytes: png.bytes.count, width: image.width, height: image.height,
            codeDigest: code.digest.hex, milliseconds: 0)
    }
}
