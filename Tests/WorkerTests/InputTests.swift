import Artifacts
import Foundation
import Images
import JobDispatch
import Jobs
import Testing
import WorkerRuntime

/// What workers make of the artifacts that jobs refer to, on a real Redis.
@Suite struct InputTests {
    private func photo(_ digest: ArtifactDigest) -> JobInputs { JobInputs(photo: .artifact(digest.hex)) }

    private func invert(_ id: Int64, _ digest: ArtifactDigest, crashes: Int = 0) throws -> DispatchedJob {
        try Bench.studioJob(id, .invert, inputs: photo(digest), crashes: crashes)
    }

    private func picture(_ width: Int, _ height: Int) throws -> RGBImage {
        try RGBImage(
            width: width, height: height,
            pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 31 / 7) })
    }

    /// What the model was given, by job.
    private func given(_ bench: Bench) -> [UInt64: ModelInputs] {
        let jobs = bench.studio.snapshot.groups.flatMap(\.self)
        return Dictionary(jobs.map { ($0.request.seed, $0.inputs) }) { first, _ in first }
    }

    // MARK: Good ones

    @Test(.timeLimit(.minutes(15)))
    func picturesArriveDecodedAndSmall() async throws {
        try await Bench.with { bench in
            let small = try picture(40, 30)
            let one = try await bench.artifacts.put(try PNG.encode(small), .input)
            let two = try await bench.artifacts.put(try JPEG.encode(try picture(1_536, 64)), .input)
            try await bench.push([try invert(1, one), try invert(2, two), try invert(3, one)])
            try await bench.running(bench.studioWorker()) { () async throws in
                let facts = try await bench.facts(3)
                #expect(facts.values.allSatisfy { $0.result != nil })
                let manifest = try await bench.artifacts.manifest(job: JobID(1), epoch: Epoch(10))
                #expect(manifest?.version == 2)
                #expect(manifest?.inputs == [.init(name: "photo", digest: one)])
                // What cannot be written as a number is no score.
                #expect(facts[1]?.result?.details.scores == [.similarity: 0.25])
            }
            let inputs = given(bench)
            #expect(inputs[1]?.photo?.picture == small && inputs[3]?.photo?.picture == small)
            let large = try #require(inputs[2]?.photo?.picture)
            #expect(large.width == ModelInputs.longestSide && large.height == 43)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func labelMapsKeepTheirColours() async throws {
        try await Bench.with { bench in
            var map = RGBImage(width: 2_100, height: 40, filledWith: .black)
            let colours: Set<RGBColour> = [.black, RGBColour(red: 204, green: 0, blue: 0), RGBColour(gray: 18)]
            for x in 0..<map.width {
                for y in 0..<map.height where x % 3 > 0 {
                    map[x, y] = x % 3 == 1 ? RGBColour(red: 204, green: 0, blue: 0) : RGBColour(gray: 18)
                }
            }
            let digest = try await bench.artifacts.put(try PNG.encode(map), .input)
            let labels = JobInputs(labels: .artifact(digest.hex))
            try await bench.push([try Bench.studioJob(1, .generate, "a man", inputs: labels)])
            try await bench.running(bench.studioWorker()) { () async throws in
                #expect(try await bench.facts(1)[1]?.result != nil)
            }
            let given = try #require(given(bench)[1]?.labels?.picture)
            #expect(given.width == ModelInputs.longestSide)
            for x in 0..<given.width { #expect(colours.contains(given[x, 3])) }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func sourcesAreCodesOrPhotosAsTheirBytesSay() async throws {
        try await Bench.with { bench in
            let code = try LatentCodeFile(layers: 2, width: 4, values: (0..<8).map(Float.init))
            let one = try await bench.artifacts.put(code.encoded(), .code)
            let two = try await bench.artifacts.put(try PNG.encode(try picture(8, 8)), .input)
            let inputs = JobInputs(sources: [.artifact(one.hex), .artifact(two.hex), .artifact(one.hex)])
            try await bench.push([try Bench.studioJob(1, .interpolate, inputs: inputs, options: JobOptions(frames: 3))])
            try await bench.running(bench.studioWorker()) { () async throws in
                #expect(try await bench.facts(1)[1]?.result != nil)
            }
            let sources = try #require(given(bench)[1]?.sources)
            #expect(sources.map { $0.code != nil } == [true, false, true])
            #expect(sources[2].code == code)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func longJobsHaveInputsToo() async throws {
        try await Bench.with { bench in
            let digest = try await bench.artifacts.put(try PNG.encode(try picture(8, 8)), .input)
            let missing = ArtifactDigest(of: [77])
            try await bench.push([
                try Bench.studioJob(1, .optimize, inputs: photo(digest), options: JobOptions(steps: 20)),
                try Bench.studioJob(2, .optimize, inputs: photo(missing), options: JobOptions(steps: 20)),
                try Bench.studioJob(3, .optimize, inputs: photo(digest), options: JobOptions(steps: 20)),
            ])
            try await bench.running(bench.studioWorker()) { () async throws in
                let facts = try await bench.facts(3)
                #expect(facts[1]?.result != nil && facts[3]?.result != nil)
                #expect(facts[2]?.failure?.code == "bad_input")
            }
        }
    }

    // MARK: Bad ones

    /// A PNG head of this size, and nothing behind it.
    private func head(width: Int, height: Int) throws -> [UInt8] {
        var bytes = try PNG.encode(try picture(1, 1))
        for (place, value) in [(16, width), (20, height)] {
            for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> (24 - 8 * byte)) }
        }
        return bytes
    }

    @Test(.timeLimit(.minutes(15)))
    func aBadFileFailsItsOwnJobAlone() async throws {
        try await Bench.with(Bench.quick { $0.batch = 16 }) { bench in
            let good = try PNG.encode(try picture(16, 16))
            let jpeg = try JPEG.encode(try picture(16, 16))
            let nan = try LatentCodeFile(layers: 1, width: 2, values: [1, .nan]).encoded()
            let cases: [(bytes: [UInt8], inputs: (InputReference) -> JobInputs, kind: JobKind, words: String)] = [
                (Array("GIF89a".utf8), { JobInputs(photo: $0) }, .invert, "neither a PNG nor a JPEG file"),
                ([], { JobInputs(photo: $0) }, .invert, "neither a PNG nor a JPEG file"),
                (Array(good.prefix(good.count / 2)), { JobInputs(photo: $0) }, .invert, "ends too early"),
                (Array(jpeg.prefix(jpeg.count / 2)), { JobInputs(photo: $0) }, .invert, "damaged"),
                (try head(width: 30_000, height: 30_000), { JobInputs(photo: $0) }, .invert, "the photo sha256:"),
                (jpeg, { JobInputs(labels: $0) }, .generate, "save it as PNG"),
                (good, { JobInputs(sources: [$0, $0]) }, .interpolate, ""),
                (nan, { JobInputs(sources: [$0, $0]) }, .interpolate, "not finite"),
                (Array("hello".utf8), { JobInputs(sources: [$0, $0]) }, .interpolate, "neither a picture nor a code"),
                (good, { JobInputs(photo: $0) }, .invert, ""),
            ]
            var jobs: [DispatchedJob] = []
            for (number, test) in cases.enumerated() {
                let digest = try await bench.artifacts.put(test.bytes, .input)
                let inputs = test.inputs(.artifact(digest.hex))
                jobs.append(try Bench.studioJob(Int64(number) + 1, test.kind, "a man", inputs: inputs))
            }
            try await bench.push(jobs)
            try await bench.running(bench.studioWorker()) { () async throws in
                let facts = try await bench.facts(cases.count)
                for (number, test) in cases.enumerated() {
                    let fact = facts[Int64(number) + 1]
                    if test.words.isEmpty {
                        #expect(fact?.result != nil, "job \(number + 1): \(String(describing: fact?.failure))")
                    } else {
                        #expect(fact?.failure?.code == "bad_input" && fact?.failure?.retryable == false)
                        #expect(
                            fact?.failure?.message.contains(test.words) == true,
                            "\(String(describing: fact?.failure?.message))")
                    }
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func whatIsNotInTheStoreFailsForGoodAndWithoutAPass() async throws {
        try await Bench.with { bench in
            try await bench.push([try invert(1, ArtifactDigest(of: [99]))])
            try await bench.running(bench.studioWorker()) { () async throws in
                let failure = try await bench.facts(1)[1]?.failure
                #expect(failure?.code == "bad_input" && failure?.retryable == false)
                #expect(failure?.message.contains("is not in the artifact store") == true)
            }
            #expect(bench.studio.snapshot.groups.isEmpty)
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func aStoreThatIsAwayPutsJobsOff() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = LocalArtifactStore(directory: folder)
        let digest = try await store.put(try PNG.encode(try picture(8, 8)), .input)
        try await Bench.with(artifacts: store) { bench in
            try await bench.running(bench.studioWorker()) { () async throws in
                try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
                try await bench.push([try invert(1, digest)])
                guard case .snoozed(let delay) = try await bench.facts(1)[1]?.event else {
                    Issue.record("a store that is away is not the job's fault")
                    return
                }
                #expect(delay >= .seconds(2))
                try FileManager.default.moveItem(atPath: folder + ".away", toPath: folder)
                try await bench.push([try invert(2, digest)])
                #expect(try await bench.facts(1)[2]?.result != nil)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func damagedBytesAreNotTheJobsFault() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tedi-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = LocalArtifactStore(directory: folder)
        let digest = try await store.put(try PNG.encode(try picture(8, 8)), .input)
        let hex = digest.hex
        let path = "\(folder)/objects/\(hex.prefix(2))/\(hex)"
        #expect(truncate(path, 20) == 0)
        try await Bench.with(artifacts: store) { bench in
            try await bench.push([try invert(1, digest)])
            try await bench.running(bench.studioWorker()) { () async throws in
                let failure = try await bench.facts(1)[1]?.failure
                #expect(failure?.code == "artifact_error" && failure?.retryable == true)
            }
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func whomWorkersDiedUnderHasItsInputsReadAlone() async throws {
        try await Bench.with { bench in
            let digest = try await bench.artifacts.put(try PNG.encode(try picture(8, 8)), .input)
            try await bench.push([
                try invert(1, digest), try invert(2, digest, crashes: 1), try invert(3, digest), try invert(4, digest),
            ])
            try await bench.running(bench.studioWorker()) { () async throws in
                #expect(try await bench.facts(4).values.allSatisfy { $0.result != nil })
            }
            #expect(bench.studio.snapshot.groups.map { $0.map(\.request.seed) } == [[1], [2], [3, 4]])
            #expect(given(bench).values.allSatisfy { $0.photo != nil })
        }
    }

    // MARK: Sequences

    @Test(.timeLimit(.minutes(15)), arguments: [nil, InterpolationFormat.frames, .animation])
    func framesAreOutputsAndAnAnimationIsThePicture(format: InterpolationFormat?) async throws {
        try await Bench.with { bench in
            let code = try LatentCodeFile(layers: 2, width: 4, values: (0..<8).map(Float.init))
            let source = InputReference.artifact(try await bench.artifacts.put(code.encoded(), .code).hex)
            try await bench.push([
                try Bench.studioJob(
                    1, .interpolate, inputs: JobInputs(sources: [source, source]),
                    options: JobOptions(frames: 5, format: format))
            ])
            try await bench.running(bench.studioWorker()) { () async throws in
                let result = try #require(try await bench.facts(1)[1]?.result)
                #expect(result.details.outputs.map(\.name) == (0..<5).map { "frame-00\($0).png" })
                let image = try await bench.artifacts.get(try #require(ArtifactDigest(hex: result.imageDigest)))
                #expect(image.count == result.bytes)
                #expect(try ImageFile.inspect(image).frames == (format == .animation ? 5 : 1))
                #expect(try PNG.decode(image)[0, 0] == RGBColour(gray: format == .animation ? 0 : 2))
                for (number, output) in result.details.outputs.enumerated() {
                    let frame = try await bench.artifacts.get(try #require(ArtifactDigest(hex: output.digest)))
                    #expect(try PNG.decode(frame)[7, 7] == RGBColour(gray: UInt8(number)))
                }
            }
        }
    }
}
