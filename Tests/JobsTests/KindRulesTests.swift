import Jobs
import Testing

@Suite("Kinds of jobs") struct KindRulesTests {
    private func parse(_ kind: JobKind, _ line: String, _ batch: JobOptions = .none) throws(ItemError) -> CaptionItem {
        try CaptionItem(parsing: Array(line.utf8), kind: kind, batch: batch)
    }

    private func code(_ kind: JobKind, _ line: String, _ batch: JobOptions = .none) -> ItemError.Code? {
        do throws(ItemError) {
            _ = try parse(kind, line, batch)
            return nil
        } catch {
            return error.code
        }
    }

    static let digest = "sha256:" + String(repeating: "7c", count: 32)

    @Test(arguments: [
        (JobKind.generate, #"{"caption":"x","sketch":"job:7","options":{"best_of":4,"scores":true}}"#),
        (.generate, #"{"labels":"\#(digest)"}"#), (.generate, #"{"noise":true,"seed":9}"#),
        (.manipulate, #"{"caption":"x","photo":"\#(digest)"}"#),
        (.manipulate, #"{"caption":"x","code":"line:first"}"#),
        (.invert, #"{"photo":"after:3","options":{"steps":50},"caption":"kept as a note"}"#),
        (.optimize, #"{"caption":"x"}"#),
        (.optimize, #"{"photo":"job:3","code":"job:3","options":{"losses":{"pixel":1,"encoder":0.5}}}"#),
        (.mix, #"{"sources":["job:1","job:2"],"options":{"layers":[4,5]}}"#),
        (.interpolate, #"{"sources":["job:1","job:2","\#(digest)"],"options":{"frames":24,"format":"animation"}}"#),
        (.evaluate, #"{"index":"\#(digest)"}"#),
    ])
    func takes(_ kind: JobKind, _ line: String) throws {
        let item = try parse(kind, line)
        var bytes: [UInt8] = []
        item.encode(into: &bytes)
        #expect(try CaptionItem(parsing: bytes, kind: kind) == item)
    }

    @Test(arguments: [
        (JobKind.generate, #"{"caption":"x","photo":"job:1"}"#, ItemError.Code.invalidField),
        (.generate, #"{"sketch":"job:1","labels":"job:2"}"#, .invalidField),
        (.generate, #"{"noise":true,"caption":"x"}"#, .invalidField), (.generate, #"{"noise":false}"#, .missingCaption),
        (.generate, #"{"sketch":"job:1","options":{"best_of":2}}"#, .missingInput),
        (.generate, #"{"sketch":"job:1","sketch":"job:1"}"#, .duplicateField),
        (.generate, #"{"caption":"x","options":{},"options":{}}"#, .duplicateField),
        (.generate, #"{"caption":"x","options":{"steps":4}}"#, .invalidField),
        (.generate, #"{"caption":"x","options":{"stile":4}}"#, .malformedJSON),
        (.generate, #"{"caption":"x","options":[]}"#, .invalidField),
        (.generate, #"{"caption":"x","options":{"layers":[64]}}"#, .invalidField),
        (.generate, #"{"caption":"x","options":{"layers":[1,]}}"#, .malformedJSON),
        (.generate, #"{"caption":"x","sketch":"/etc/passwd"}"#, .invalidField),
        (.generate, #"{"caption":"x","sketch":"sha256:ABCD"}"#, .invalidField),
        (.generate, #"{"caption":"x","sketch":"job:-1"}"#, .invalidField),
        (.manipulate, #"{"photo":"job:1"}"#, .missingCaption), (.manipulate, #"{"caption":"x"}"#, .missingInput),
        (.manipulate, #"{"caption":"x","photo":"job:1","code":"job:1"}"#, .invalidField),
        (.manipulate, #"{"caption":"x","photo":"job:1","options":{"strength":4}}"#, .invalidField),
        (.invert, "{}", .missingInput), (.invert, #"{"photo":"job:1","options":{"steps":201}}"#, .invalidField),
        (.optimize, #"{"code":"job:1"}"#, .missingInput),
        (.optimize, #"{"caption":"x","options":{"losses":{"beauty":1}}}"#, .malformedJSON),
        (.optimize, #"{"caption":"x","options":{"steps":0}}"#, .invalidField),
        (.mix, #"{"sources":["job:1"],"options":{"layers":[1]}}"#, .missingInput),
        (.mix, #"{"sources":["job:1","job:2"]}"#, .missingInput),
        (.interpolate, #"{"sources":[]}"#, .missingInput),
        (.interpolate, #"{"sources":["job:1",2]}"#, .invalidField),
        (.evaluate, #"{"caption":"x"}"#, .missingInput), (.drill, "{}", .missingCaption),
        (.drill, #"{"caption":"x","photo":"job:1"}"#, .invalidField),
    ])
    func refuses(_ kind: JobKind, _ line: String, _ expected: ItemError.Code) {
        #expect(code(kind, line) == expected)
    }

    @Test func aLineMayLeaveToItsBatchWhatItNeeds() {
        let line = #"{"sources":["job:1","job:2"]}"#
        #expect(code(.mix, line, JobOptions(layers: [1])) == nil)
        let many = "[" + (1...17).map { "\"job:\($0)\"" }.joined(separator: ",") + "]"
        #expect(code(.interpolate, "{\"sources\":\(many)}") == .invalidField)
    }

    @Test func nestedTextsAreBounded() {
        let deep = #"{"caption":"x","options":"# + String(repeating: "{\"policy\":", count: 1_500)
        #expect(code(.generate, deep) == .invalidField)
        let wide = (0..<400).map { "\"a\($0)\":[1]" }.joined(separator: ",")
        #expect(code(.generate, "{\"caption\":\"x\",\"options\":{\"policy\":{\(wide)}}}") == .invalidField)
    }

    @Test func saysWhatAModelMustBeAbleToDo() {
        let job = InputReference.job(JobID(1))
        #expect(JobKind.generate.abilities(caption: "x", inputs: .none, options: .none) == [.words])
        #expect(
            JobKind.generate.abilities(caption: "", inputs: JobInputs(labels: job), options: JobOptions(scores: true))
                == [.labels, .scores])
        #expect(
            JobKind.optimize.abilities(
                caption: "", inputs: JobInputs(photo: job), options: JobOptions(losses: [.clip: 1, .pixel: 1]))
                == [.photos, .clip])
        #expect(JobKind.mix.abilities(caption: "note", inputs: JobInputs(sources: [job]), options: .none) == [])
        #expect(JobKind.drill.abilities(caption: "x", inputs: .none, options: .none) == [])
    }

    @Test(arguments: ["sha256:" + String(repeating: "0", count: 64), "job:1", "line:a b", "after:12"])
    func readsReferences(_ text: String) { #expect(InputReference(text)?.text == text) }

    @Test(arguments: ["", "job:", "job:0", "job:+1", "job:99999999999999999999", "line:", "file:x", "sha256:00", "x"])
    func refusesReferences(_ text: String) { #expect(InputReference(text) == nil) }

    @Test func detailsReadAsTheyWereWritten() throws {
        let output = JobOutput(name: "frame-000.png", digest: String(repeating: "0", count: 64), bytes: 12)
        let details = JobDetails(outputs: [output], scores: [.similarity: 0.25, .loss: 1e-9])
        #expect(try JobDetails(decoding: details.encoded()) == details)
        #expect(try JobDetails(decoding: JobDetails.none.encoded()) == .none)
        for name in ["", ".x", "a/b", "a b", String(repeating: "x", count: 65)] {
            let bad = JobDetails(outputs: [JobOutput(name: name, digest: output.digest, bytes: 1)])
            #expect(throws: FactError.self) { try JobDetails(decoding: bad.encoded()) }
        }
        let result = JobResult(
            imageDigest: output.digest, bytes: 1, width: 2, height: 3, codeDigest: output.digest, milliseconds: 4,
            details: details)
        let body = Fact.Event.done(result).encodedBody()
        #expect(try Fact.Event(kind: "done", body: body[...]) == .done(result))
        let progress = JobProgress(step: 1, total: 2, preview: output.digest, curve: output.digest)
        let report = Fact.Event.progress(progress).encodedBody()
        #expect(try Fact.Event(kind: "progress", body: report[...]) == .progress(progress))
    }
}
