import Artifacts
import Foundation
import Images
import Jobs
import Testing
import Worker

@Suite struct ZMeasure {
    @Test func stages() async throws {
        let folder = "/tmp/q5-measure-\(UUID().uuidString)"
        let store = LocalArtifactStore(directory: folder)
        let clock = ContinuousClock()
        func time(_ what: String, _ body: () async throws -> Void) async rethrows {
            let s = clock.now
            try await body()
            print("MEASURE \(what) \((clock.now - s) / .milliseconds(1)) ms")
        }
        for round in 0..<3 {
            let model = TestModel(switchboard: .init())
            let requests = (0..<16).map { GenerateRequest(caption: "a man", seed: UInt64($0 + 100 * round), sample: 0, model: "m") }
            var images: [GeneratedImage] = []
            await time("testmodel") { images = try! model.generate(requests) }
            var pngs: [[UInt8]] = []
            await time("png") { pngs = images.map { try! PNG.encode(try! RGBImage(width: 64, height: 64, pixels: $0.pixels), level: 1) } }
            var objects: [ArtifactObject] = []
            await time("sha") { objects = pngs.map { ArtifactObject($0, kind: .image) } }
            var codes: [ArtifactObject] = []
            let values = (0..<16).map { k in (0..<5120).map { Float($0 + k * round) } }
            await time("code") { codes = values.map { ArtifactObject(try! LatentCodeFile(layers: 10, width: 512, values: $0).encoded(), kind: .code) } }
            await time("put") { try! await store.putMany(objects + codes) }
            let manifests = (0..<16).map { k in ArtifactManifest(job: JobID(Int64(k + 100 * round)), epoch: Epoch(1), pack: .init(name: "x", digest: "y"), request: requests[k].encoded(), seed: 1, sample: 0, attributes: ["Male": "present"], code: .init(digest: codes[k].digest, bytes: 1, shape: [10, 512]), image: .init(digest: objects[k].digest, bytes: 1, width: 64, height: 64), worker: "w", versions: [:], timings: [:]) }
            await time("encode manifests") { for m in manifests { _ = try! m.encoded() } }
            await time("manifests") { try! await store.write(manifests) }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
