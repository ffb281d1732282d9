import Foundation
import Jobs
import Testing

@Suite("Requests") struct JobRequestTests {
    @Test func writesKeysInAFixedOrder() {
        let request = JobRequest(caption: "a \"b\"\\\n\u{1}é", seed: 7, sample: 2, model: "demo", truncation: 0.7)
        #expect(
            String(decoding: request.encoded(), as: UTF8.self)
                == #"{"kind":"generate","version":1,"caption":"a \"b\"\\\n\u0001é","seed":7,"sample":2,"model":"demo","truncation":0.7}"#
        )
    }

    @Test func appendsToWhatIsThere() {
        let request = JobRequest(caption: "x", seed: 1, sample: 0, model: "m")
        var bytes = Array("ab".utf8)
        request.encode(into: &bytes)
        #expect(bytes == Array("ab".utf8) + request.encoded())
    }

    @Test func isJSONToEverybodyElse() throws {
        let every = String(String.UnicodeScalarView((1...0x2FF).compactMap { Unicode.Scalar($0) }))
        let request = JobRequest(
            caption: every, seed: UInt64(Int64.max), sample: 999, model: every, truncation: 1e-5)
        let object = try JSONSerialization.jsonObject(with: Data(request.encoded())) as? [String: Any]
        #expect(object?["caption"] as? String == every)
        #expect(object?["model"] as? String == every)
        #expect(object?["seed"] as? Int64 == Int64.max)
        #expect(object?["truncation"] as? Double == 1e-5)
    }

    @Test(arguments: [nil, 0, 0.1, 0.7, 1, 2] as [Double?])
    func readsWhatItWrote(_ truncation: Double?) throws {
        let request = JobRequest(caption: "é😀\t", seed: 12, sample: 3, model: "ab12", truncation: truncation)
        #expect(try JobRequest(decoding: request.encoded()) == request)
    }

    @Test(arguments: [
        "", "{}", "[]", #"{"kind":"generate"}"#,
        #"{"kind":"optimise","version":1,"caption":"x","seed":1,"sample":0,"model":"m"}"#,
        #"{"kind":"generate","version":3,"caption":"x","seed":1,"sample":0,"model":"m"}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":0,"model":"m","options":{"style":1}}"#,
        #"{"kind":"generate","version":2,"caption":"","seed":1,"sample":0,"model":"m"}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","inputs":{"photo":"job:1"}}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","inputs":{"sketch":"line:a"}}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","inputs":{"sketch":"job:01"}}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","inputs":{"skitch":"job:1"}}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","options":{"steps":1}}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","options":{"best_of":1}}"#,
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m","options":{"style":1,"style":2}}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":0}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":0,"model":"m","extra":1}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"seed":1,"sample":0,"model":"m"}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":1000,"model":"m"}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":0,"model":"m","truncation":2.1}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":0,"model":"m","truncation":"0.7"}"#,
        #"{"kind":"generate","version":1,"caption":"x","seed":1,"sample":0,"model":"m"} "# + "{}",
    ])
    func refuses(_ json: String) {
        #expect(throws: RequestError.self) { try JobRequest(decoding: Array(json.utf8)) }
    }

    /// Every kind with as many inputs and options as it takes.
    static let full: [JobRequest] = {
        let digest = InputReference.artifact(String(repeating: "0a", count: 32))
        func request(_ kind: JobKind, _ caption: String, _ inputs: JobInputs, _ options: JobOptions) -> JobRequest {
            JobRequest(
                kind: kind, caption: caption, seed: 3, sample: 1, model: "m", truncation: 0.5, inputs: inputs,
                options: options)
        }
        return [
            request(
                .generate, "a man", JobInputs(sketch: digest),
                JobOptions(layers: [8, 9], policy: ["Smiling": [4], "Bald": []], style: 9, bestOf: 4, scores: true)),
            request(.generate, "", JobInputs(labels: .job(JobID(7))), .none),
            request(.generate, "", JobInputs(noise: true), .none),
            request(
                .manipulate, "a \"smiling\" man", JobInputs(photo: digest),
                JobOptions(policy: ["é": [1, 2]], strength: 1.5, steps: 20, scores: true)),
            request(.manipulate, "a man", JobInputs(code: .job(JobID(.max))), .none),
            request(.invert, "", JobInputs(photo: digest), JobOptions(steps: 200)),
            request(
                .optimize, "", JobInputs(photo: digest, code: digest),
                JobOptions(steps: 500, losses: [.pixel: 1, .perceptual: 5e-5, .encoder: 2], learningRate: 0.01)),
            request(.mix, "a note", JobInputs(sources: [digest, .job(JobID(2))]), JobOptions(layers: [0, 17])),
            request(
                .interpolate, "", JobInputs(sources: Array(repeating: digest, count: 16)),
                JobOptions(frames: 240, format: .animation)),
            request(.evaluate, "", JobInputs(index: digest), .none),
        ]
    }()

    @Test(arguments: full) func readsEveryKind(_ request: JobRequest) throws {
        let bytes = request.encoded()
        #expect(try JobRequest(decoding: bytes) == request)
        #expect(try JobRequest(decoding: bytes).encoded() == bytes)
        let object = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(object["version"] as? Int == (request.inputs.isEmpty && request.options.isEmpty ? 1 : 2))
    }

    @Test func refusesWhatIsTooLong() {
        let request = JobRequest(caption: String(repeating: "x", count: 17_000), seed: 1, sample: 0, model: "m")
        #expect(throws: RequestError.self) { try JobRequest(decoding: request.encoded()) }
    }

    @Test func everyLineThatIsTakenFits() throws {
        let worst = try CaptionItem(
            caption: String(repeating: "\u{1}", count: CaptionItem.maximumCaptionBytes - 1) + "x")
        let specification = try BatchSpecification(name: "n", model: "m", samples: 1_000, truncation: 0.123456789012345)
        let digest = String(repeating: "f", count: 64)
        let request = specification.request(for: worst, line: 999_999, sample: 999, digest: digest)
        #expect(request.encoded().count <= JobRequest.maximumBytes)
    }
}

@Suite("Batches") struct BatchSpecificationTests {
    @Test func seedsOfLines() throws {
        let specification = try BatchSpecification(name: "n", model: "m", samples: 4, seed: 40)
        #expect(specification.seed(ofLine: 2) == 42)
        let item = try CaptionItem(caption: "x")
        #expect(specification.request(for: item, line: 2, sample: 3, digest: "d").seed == 42)
        let seeded = try CaptionItem(caption: "x", seed: 9)
        #expect(specification.request(for: seeded, line: 2, sample: 3, digest: "d").seed == 9)
    }

    @Test func variantsCountSamplesFirstThenTruncationsThenStyles() throws {
        let specification = try BatchSpecification(
            name: "n", model: "m", samples: 2, truncations: [0.5, 0.7, 1], styles: [10, 20])
        #expect(specification.variants == 12)
        let item = try CaptionItem(caption: "x")
        let requests = (0..<12).map { specification.request(for: item, line: 0, sample: $0, digest: "d") }
        #expect(requests.map(\.sample) == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
        #expect(requests.map(\.truncation) == [0.5, 0.5, 0.7, 0.7, 1, 1, 0.5, 0.5, 0.7, 0.7, 1, 1])
        #expect(requests.map(\.options.style) == [10, 10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20])
        #expect(Set(requests).count == 12)
    }

    @Test func oneOfManySamplesIsMadeAlone() throws {
        let many = try BatchSpecification(name: "n", model: "m", samples: 4, seed: 3)
        let one = try BatchSpecification(name: "n", model: "m", seed: 3, options: JobOptions(firstSample: 2))
        let item = try CaptionItem(caption: "x")
        let again = one.request(for: item, line: 0, sample: 0, digest: "d")
        #expect(again == many.request(for: item, line: 0, sample: 2, digest: "d"))
        #expect(try JobOptions(decoding: JobOptions(firstSample: 2).encoded()).firstSample == 2)
        #expect(throws: RequestError.self) { try JobOptions(decoding: Array(#"{"first_sample":1000}"#.utf8)) }
    }

    @Test func linesOverrideTheOptionsOfTheirBatch() throws {
        let specification = try BatchSpecification(
            name: "n", kind: .manipulate, model: "m",
            options: JobOptions(policy: ["Bald": [1]], strength: 2, scores: true))
        let photo = JobInputs(photo: .artifact(String(repeating: "0", count: 64)))
        let item = try CaptionItem(
            caption: "x", inputs: photo, options: JobOptions(policy: ["Young": [2]], strength: 0.5), kind: .manipulate,
            batch: specification.options)
        let request = specification.request(for: item, line: 0, sample: 0, digest: "d")
        #expect(request.options == JobOptions(policy: ["Bald": [1], "Young": [2]], strength: 0.5, scores: true))
        #expect(request.inputs == photo)
    }

    @Test func seedsWrapWithinTheirRange() throws {
        let specification = try BatchSpecification(name: "n", model: "m", seed: UInt64(Int64.max))
        #expect(specification.seed(ofLine: 0) == UInt64(Int64.max))
        #expect(specification.seed(ofLine: 1) == 0)
    }

    @Test func refusesWhatIsOutOfRange() {
        func field(_ make: @autoclosure () throws -> BatchSpecification) -> String? {
            do {
                _ = try make()
                return nil
            } catch {
                return (error as? SpecificationError)?.field
            }
        }
        #expect(field(try BatchSpecification(name: "", model: "m")) == "name")
        #expect(field(try BatchSpecification(name: "a\nb", model: "m")) == "name")
        #expect(field(try BatchSpecification(name: "n", model: "")) == "model")
        #expect(field(try BatchSpecification(name: "n", model: "m", samples: 0)) == "samples")
        #expect(
            field(try BatchSpecification(name: "n", model: "m", samples: 1_000_000_000))
                == "samples")
        #expect(field(try BatchSpecification(name: "n", model: "m", seed: 1 << 63)) == "seed")
        #expect(
            field(try BatchSpecification(name: "n", model: "m", schedule: BatchSchedule(priority: 101))) == "priority")
        #expect(
            field(try BatchSpecification(name: "n", model: "m", truncation: .nan))
                == "truncation")
        #expect(field(try BatchSpecification(name: "n", model: "m", samples: 1_000)) == nil)
        #expect(field(try BatchSpecification(name: "n", model: "m", truncations: [0.5, 3])) == "truncations")
        #expect(field(try BatchSpecification(name: "n", model: "m", truncation: 1, truncations: [1])) == "truncations")
        #expect(field(try BatchSpecification(name: "n", kind: .mix, model: "m", styles: [1])) == "styles")
        #expect(field(try BatchSpecification(name: "n", model: "m", samples: 501, styles: [1, 2])) == "samples")
        #expect(field(try BatchSpecification(name: "n", model: "m", options: JobOptions(steps: 3))) == "options")
        #expect(
            field(try BatchSpecification(name: "n", kind: .invert, model: "m", options: JobOptions(steps: 201)))
                == "options")
    }

    @Test func splitsCountsByWhatRedisKnows() {
        let counts = BatchCounts(queued: 10, running: 5, succeeded: 1)
        #expect(counts.splitting(claimed: 2) == BatchCounts(queued: 13, running: 2, succeeded: 1))
        #expect(counts.splitting(claimed: 9) == counts)
        #expect(counts.splitting(claimed: -1).total == counts.total)
    }
}
