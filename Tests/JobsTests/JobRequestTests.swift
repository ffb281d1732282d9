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
        #"{"kind":"generate","version":2,"caption":"x","seed":1,"sample":0,"model":"m"}"#,
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
    }

    @Test func splitsCountsByWhatRedisKnows() {
        let counts = BatchCounts(queued: 10, running: 5, succeeded: 1)
        #expect(counts.splitting(claimed: 2) == BatchCounts(queued: 13, running: 2, succeeded: 1))
        #expect(counts.splitting(claimed: 9) == counts)
        #expect(counts.splitting(claimed: -1).total == counts.total)
    }
}
