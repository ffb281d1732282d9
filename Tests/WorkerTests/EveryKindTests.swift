import Artifacts
import FaceData
import Foundation
import Images
import JobDispatch
import Jobs
import Synchronization
import TediGAN
import TestServers
import Testing
import Worker
import WorkerRuntime

/// Jobs of every kind by the pack that ships.
@Suite(.serialized) struct EveryKindTests {
    private static var pack: String {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("Resources/Packs/demo-64").path
    }

    private static let rendered = FaceRenderer.render(FaceSampler(seed: 77).parameters(of: 1), size: 64, sketch: true)
    private static let reference = InputReference.artifact(String(repeating: "a", count: 64))

    private func model(batch: Int = 2) throws -> TediGANModel {
        try TediGANModel(path: Self.pack, device: "cpu", threads: 1, batch: batch)
    }

    private func picture(_ pixels: [UInt8], side: Int = 64) throws -> ModelInput {
        .picture(try RGBImage(width: side, height: side, pixels: pixels))
    }

    private func gray(_ values: [UInt8]) -> [UInt8] { values.flatMap { [$0, $0, $0] } }

    @Test func announcesWhatThePackCanDo() throws {
        let identity = try model().identity
        #expect(identity.kinds == [.generate, .manipulate, .invert, .optimize, .mix, .interpolate, .evaluate])
        #expect(identity.abilities == [.words, .photos, .sketches, .labels, .scores])
    }

    @Test func makesFacesOfEveryKind() throws {
        let model = try model()
        let digest = model.identity.digest
        let photo = try picture(Self.rendered.pixels)
        let sketch = try picture(gray(try #require(Self.rendered.sketch)))
        let map = try LabelMap(width: 64, height: 64, ids: Self.rendered.mask)
        let code = LatentCode(layers: 10, width: 128, values: [Float](repeating: 0, count: 1280))
        let file = ModelInput.code(try LatentCodeFile(layers: 10, width: 128, values: code.values))
        let one = Self.reference
        func request(_ kind: JobKind, _ caption: String, _ inputs: JobInputs, _ options: JobOptions = .none)
            -> JobRequest
        {
            JobRequest(
                kind: kind, caption: caption, seed: 3, sample: 0, model: digest, inputs: inputs, options: options)
        }
        var jobs = [
            ModelJob(request(.generate, "", JobInputs(noise: true))),
            ModelJob(request(.generate, "blond hair", JobInputs(sketch: one)), inputs: ModelInputs(sketch: sketch)),
            ModelJob(
                request(.generate, "", JobInputs(labels: one), JobOptions(style: 4)),
                inputs: ModelInputs(labels: try picture(map.paletteBytes))),
            ModelJob(
                request(.generate, "", JobInputs(labels: one), JobOptions(style: 4)),
                inputs: ModelInputs(labels: try picture(gray(map.ids)))),
            ModelJob(
                request(.generate, "a man with a hat", .none, JobOptions(bestOf: 2))),
            ModelJob(
                request(.manipulate, "red hair", JobInputs(photo: one), JobOptions(strength: 1.2, scores: true)),
                inputs: ModelInputs(photo: photo)),
            ModelJob(request(.manipulate, "red hair", JobInputs(code: one)), inputs: ModelInputs(code: file)),
            ModelJob(
                request(.invert, "", JobInputs(photo: one), JobOptions(steps: 2)), inputs: ModelInputs(photo: photo)),
            ModelJob(
                request(.mix, "", JobInputs(sources: [one, one]), JobOptions(layers: [6, 7])),
                inputs: ModelInputs(sources: [photo, file])),
            ModelJob(
                request(.interpolate, "", JobInputs(sources: [one, one]), JobOptions(frames: 3)),
                inputs: ModelInputs(sources: [file, photo])),
        ]
        for job in jobs { #expect(model.objection(to: job) == nil) }
        let touches = Mutex(0)
        jobs[7].touch = { touches.withLock { $0 += 1 } }
        let images = try model.run(jobs).map { output in
            guard case .image(let image) = output else { throw ModelError.failed("no image") }
            return image
        }
        for image in images {
            #expect(image.pixels.count == 64 * 64 * 3 && image.code.count == 1280 && image.layers == 10)
        }
        let isOneMap = images[2].pixels == images[3].pixels
        #expect(isOneMap)
        #expect(images[4].files.map(\.name) == ["choice.json"])
        #expect(try #require(images[4].scores[.similarity]) > 0.5)
        #expect(images[5].scores.keys.sorted() == [.artefact, .drift, .identity, .similarity])
        #expect(images[5].attributes == ["Red_Hair": "present"])
        #expect(images[7].scores.keys.sorted() == [.loss])
        // With each of its steps, and with each pass of the generator.
        #expect(touches.withLock(\.self) > 2)
        #expect(images[9].frames.count == 3)
        let alone = try model.run([jobs[1]])
        guard case .image(let sketched) = alone[0] else {
            Issue.record("no image")
            return
        }
        let isSame = sketched.pixels == images[1].pixels
        #expect(isSame)
    }

    @Test func objectsInWords() throws {
        let model = try model()
        func objection(
            _ kind: JobKind, _ caption: String = "", _ inputs: JobInputs = .none, _ options: JobOptions = .none,
            given: ModelInputs = ModelInputs()
        ) -> String {
            let request = JobRequest(
                kind: kind, caption: caption, seed: 1, sample: 0, model: model.identity.digest, inputs: inputs,
                options: options)
            return model.objection(to: ModelJob(request, inputs: given)) ?? "none"
        }
        let one = Self.reference
        #expect(objection(.generate).contains("caption"))
        #expect(objection(.drill, "1").contains("drill"))
        #expect(objection(.generate, "a man", .none, JobOptions(policy: ["Wings": [1]])).contains("Wings"))
        #expect(objection(.generate, "", JobInputs(sketch: one), JobOptions(layers: [10])).contains("0..<10"))
        #expect(objection(.mix, "", JobInputs(sources: [one, one])).contains("layers"))
        #expect(
            objection(.optimize, "a man", JobInputs(photo: one), JobOptions(losses: [.perceptual: 1]))
                .contains("perceptual"))
        #expect(objection(.optimize, "a man", .none, JobOptions(losses: [.pixel: 1])).contains("photo"))
        let wrong = try picture([UInt8](repeating: 40, count: 300), side: 10)
        #expect(objection(.generate, "", JobInputs(labels: one), given: ModelInputs(labels: wrong)).contains("40"))
        let purple = try picture((0..<100).flatMap { _ in [UInt8(90), 0, 90] }, side: 10)
        #expect(
            objection(.generate, "", JobInputs(labels: one), given: ModelInputs(labels: purple)).contains("palette"))
        let small = ModelInput.code(try LatentCodeFile(layers: 2, width: 3, values: [0, 0, 0, 0, 0, 0]))
        #expect(
            objection(.manipulate, "a man", JobInputs(code: one), given: ModelInputs(code: small)).contains("2 layers"))
        for (text, part) in [
            ("", "no picture"), ("{", "line 1"), ("{\"image\":\"xyz\"}", "SHA-256"), ("{}", "no picture"),
        ] {
            let said = objection(
                .evaluate, "", JobInputs(index: one), given: ModelInputs(index: .index(Array(text.utf8))))
            #expect(said.contains(part), "\(text): \(said)")
        }
    }

    /// Reads facts into what was read before, until it is enough.
    private static func read(
        _ found: inout (ends: [Int64: Fact], progress: [JobProgress]), of bench: Bench,
        until isEnough: (_ ends: Int, _ progress: [JobProgress]) -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(240)
        while !isEnough(found.ends.count, found.progress) {
            try #require(ContinuousClock.now < deadline)
            let group = try await bench.dispatch.facts(limit: 500, wait: .milliseconds(200))
            for fact in group.facts {
                switch fact.event {
                case .started: break
                case .progress(let step): found.progress.append(step)
                default: found.ends[fact.lease.job.rawValue] = fact
                }
            }
            try await bench.dispatch.acknowledge(group)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func optimisesAndEvaluatesOnTheQueue() async throws {
        let path = Self.pack
        try await Bench.with { bench in
            let digest = try ModelPack(opening: path).digest
            let worker = bench.worker(model: { try TediGANModel(path: path, device: "cpu", threads: 1, batch: 4) })
            let optimize = Lane(id: LaneID(8), pool: "default", kind: "optimize", modelDigest: digest, band: .bulk)
            let evaluate = Lane(id: LaneID(9), pool: "default", kind: "evaluate", modelDigest: digest, band: .bulk)
            try await bench.dispatch.publish([optimize, evaluate])
            let photo = ArtifactObject(try PNG.encode(Self.rendered.image), kind: .input)
            let index = ArtifactObject(
                Array(
                    (0..<3).map { _ in
                        "{\"caption\":\"a woman with blond hair\",\"image\":\"\(photo.digest.hex)\"}\n"
                    }.joined().utf8), kind: .input)
            try await bench.artifacts.putMany([photo, index])
            func job(_ id: Int64, _ lane: Lane, _ request: JobRequest) -> DispatchedJob {
                var job = Bench.job(id, payload: request.encoded())
                job.lane = lane.id
                return job
            }
            try await bench.push([
                job(
                    1, optimize,
                    JobRequest(
                        kind: .optimize, caption: "", seed: 1, sample: 0, model: digest,
                        inputs: JobInputs(photo: .artifact(photo.digest.hex)), options: JobOptions(steps: 5))),
                job(
                    2, optimize,
                    JobRequest(
                        kind: .optimize, caption: "a man with a beard", seed: 1, sample: 0, model: digest,
                        options: JobOptions(steps: 3, losses: [.text: 1, .start: 0.1]))),
                job(
                    3, evaluate,
                    JobRequest(
                        kind: .evaluate, caption: "", seed: 0, sample: 0, model: digest,
                        inputs: JobInputs(index: .artifact(index.digest.hex)))),
            ])
            try await bench.running(worker) { () async throws in
                var found: (ends: [Int64: Fact], progress: [JobProgress]) = ([:], [])
                try await Self.read(&found, of: bench) { ends, _ in ends == 3 }
                let ends = found.ends
                for id in Int64(1)...2 {
                    let result = try #require(ends[id]?.result, "\(String(describing: ends[id]))")
                    #expect(result.details.outputs.map(\.name) == ["losses.json"])
                    #expect(try #require(result.details.scores[.loss]) >= 0)
                    #expect(result.width == 64)
                }
                let report = try #require(ends[3]?.result, "\(String(describing: ends[3]))")
                #expect(report.details.outputs.contains { $0.name == "report.json" } || !report.codeDigest.isEmpty)
                #expect(report.width == 192)
                #expect((0...1).contains(try #require(report.details.scores[.similarity])))
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func goesOnWithAnotherWorkerToTheSameFace() async throws {
        let path = Self.pack
        try await Bench.with { bench in
            let digest = try ModelPack(opening: path).digest
            let lane = Lane(id: LaneID(8), pool: "default", kind: "optimize", modelDigest: digest, band: .bulk)
            try await bench.dispatch.publish([lane])
            let photo = ArtifactObject(try PNG.encode(Self.rendered.image), kind: .input)
            try await bench.artifacts.putMany([photo])
            let request = JobRequest(
                kind: .optimize, caption: "blond hair", seed: 1, sample: 0, model: digest,
                inputs: JobInputs(photo: .artifact(photo.digest.hex)), options: JobOptions(steps: 60))
            func job(_ id: Int64, checkpoint: Checkpoint? = nil) -> DispatchedJob {
                var job = Bench.job(id, payload: request.encoded())
                (job.lane, job.checkpoint) = (lane.id, checkpoint)
                return job
            }
            func worker() -> Worker {
                bench.worker(model: { try TediGANModel(path: path, device: "cpu", threads: 1, batch: 2) })
            }
            var found: (ends: [Int64: Fact], progress: [JobProgress]) = ([:], [])
            let first = worker()
            let run = Task { try await first.run() }
            try await bench.push([job(1)])
            try await Self.read(&found, of: bench) { _, progress in progress.contains { $0.preview != nil } }
            first.drain()
            try await Self.read(&found, of: bench) { ends, _ in ends == 1 }
            try await run.value
            let saved = try #require(found.progress.last { $0.checkpoint != nil })
            #expect((1..<60).contains(saved.step) && saved.total == 60)
            #expect(found.progress.contains { $0.curve != nil })
            guard case .snoozed = found.ends[1]?.event else {
                Issue.record("\(String(describing: found.ends[1]))")
                return
            }
            // The rest on another worker, and then the whole without a break, each alone.
            let checkpoint = Checkpoint(step: saved.step, digest: try #require(saved.checkpoint))
            try await bench.running(worker()) { () async throws in
                try await bench.push([job(2, checkpoint: checkpoint)])
                try await Self.read(&found, of: bench) { ends, _ in ends == 2 }
                try await bench.push([job(3)])
                try await Self.read(&found, of: bench) { ends, _ in ends == 3 }
            }
            let (rest, whole) = (try #require(found.ends[2]?.result), try #require(found.ends[3]?.result))
            #expect(rest.imageDigest == whole.imageDigest && rest.codeDigest == whole.codeDigest)
            #expect(rest.details.scores == whole.details.scores)
        }
    }
}
