import Jobs
import Testing

@Suite("State machine") struct JobStateMachineTests {
    static let result = JobResult(
        imageDigest: String(repeating: "a", count: 64), bytes: 9, width: 1, height: 1,
        codeDigest: String(repeating: "b", count: 64), milliseconds: 3)
    static let soft = JobFailure(code: "model_error", message: "no", retryable: true)
    static let hard = JobFailure(code: "refused", message: "no", retryable: false)

    static let events: [Fact.Event] = [
        .started, .done(result), .failed(soft), .failed(hard), .snoozed(.zero), .snoozed(.seconds(3)),
        .lost(begun: true), .lost(begun: false),
    ]
    static let places: [JobPlace] = [
        .ready, .later, .done, .live(Execution(epoch: Epoch(2), attempt: 1, crashes: 0)),
        .live(Execution(epoch: Epoch(1), attempt: 1, crashes: 0)),
        .live(Execution(epoch: Epoch(1), attempt: 5, crashes: 0)),
        .live(Execution(epoch: Epoch(1), attempt: 1, crashes: 2)),
    ]

    /// What the design says of each pair, spelt out a second time, without the machine.
    private func expected(_ place: JobPlace, _ event: Fact.Event) -> JobStateMachine.Action {
        guard case .live(let execution) = place, execution.epoch == Epoch(1) else { return .ignore }
        switch event {
        case .started: return .noteStart
        case .progress(let progress): return .noteProgress(progress)
        case .done: return .succeed(Self.result)
        case .failed(Self.hard): return .fail(Self.hard)
        case .failed: return execution.attempt == 5 ? .fail(Self.soft) : .retry(after: .seconds(2), Self.soft)
        case .snoozed(let delay): return .postpone(delay)
        case .lost(begun: false): return .rerun(crashes: execution.crashes)
        case .lost where execution.crashes < 2: return .rerun(crashes: 1)
        case .lost: return .fail(JobFailure(code: "poison", message: "", retryable: false))
        }
    }

    @Test(arguments: places, events) func transitions(_ place: JobPlace, _ event: Fact.Event) throws {
        let worker = try #require(WorkerName(rawValue: "w"))
        let fact = Fact(lease: Lease(job: JobID(1), epoch: Epoch(1)), worker: worker, event: event)
        let action = JobStateMachine.decide(place, fact, policy: RetryPolicy(), jitter: 0.5)
        if case .fail(let failure) = action, failure.code == JobFailure.poisonCode {
            #expect(!failure.retryable)
            #expect(failure.message.contains("3 workers"))
            #expect(expected(place, event) == .fail(JobFailure(code: "poison", message: "", retryable: false)))
        } else {
            #expect(action == expected(place, event))
        }
    }

    @Test func waitsGrowUpToACap() {
        let policy = RetryPolicy(firstDelay: .seconds(2), maximumDelay: .seconds(60))
        let waits = (1...8).map { policy.delay(afterAttempt: $0, jitter: 0.5) }
        #expect(waits == [2, 4, 8, 16, 32, 60, 60, 60].map { Duration.seconds($0) })
        #expect(policy.delay(afterAttempt: 1_000_000, jitter: 0.5) == .seconds(60))
        #expect(policy.delay(afterAttempt: 1, jitter: 0) == .seconds(1))
        #expect(policy.delay(afterAttempt: 1, jitter: 0.999) < .seconds(3))
    }

    @Test func snoozesAreBounded() throws {
        let worker = try #require(WorkerName(rawValue: "w"))
        let live = JobPlace.live(Execution(epoch: Epoch(1), attempt: 1, crashes: 0))
        for (asked, given) in [(Duration.seconds(-5), Duration.zero), (.seconds(1 << 40), Fact.Event.maximumSnooze)] {
            let fact = Fact(lease: Lease(job: JobID(1), epoch: Epoch(1)), worker: worker, event: .snoozed(asked))
            #expect(JobStateMachine.decide(live, fact, policy: RetryPolicy(), jitter: 0) == .postpone(given))
        }
    }
}

@Suite("Facts") struct FactTests {
    @Test(arguments: JobStateMachineTests.events) func readsWhatItWrote(_ event: Fact.Event) throws {
        #expect(try Fact.Event(kind: event.kind, body: event.encodedBody()[...]) == event)
    }

    @Test(arguments: JobStateMachineTests.events) func readsTheSpellingInRedis(_ event: Fact.Event) throws {
        let worker = try #require(WorkerName(rawValue: "w"))
        let fact = Fact(lease: Lease(job: JobID(7), epoch: Epoch(9)), worker: worker, event: event)
        #expect(try Fact(decoding: Array("\(event.kind) 7 9 ".utf8) + event.encodedBody(), from: worker) == fact)
    }

    @Test(arguments: [
        "", "lost", "lost 1", "lost 1 2", "lost x 2 ", "lost 1 2 3 ", "lost 1 99999999999999999999 ", " 1 2 ",
    ])
    func refusesOtherSpellings(_ text: String) throws {
        let worker = try #require(WorkerName(rawValue: "w"))
        #expect(throws: FactError.self) { try Fact(decoding: Array(text.utf8), from: worker) }
    }

    @Test func keepsOddTexts() throws {
        let failure = JobFailure(code: "a\"b", message: "line\n\u{7}\\é😀", retryable: true)
        let event = Fact.Event.failed(failure)
        #expect(try Fact.Event(kind: "failed", body: event.encodedBody()[...]) == event)
    }

    @Test(arguments: [
        ("done", ""), ("done", "{}"), ("done", #"{"image":"ab","bytes":1}"#), ("failed", #"{"code":"x"}"#),
        ("failed", #"{"code":"x","message":"y","retryable":2}"#), ("snoozed", #"{"milliseconds":-1}"#),
        ("snoozed", #"{"milliseconds":99999999999}"#), ("snoozed", "{}"), ("finished", "{}"), ("", ""),
        ("failed", #"{"code":"x","code":"x","message":"y","retryable":1}"#), ("lost\u{1B}", ""),
    ])
    func refuses(_ kind: String, _ body: String) {
        #expect(throws: FactError.self) { try Fact.Event(kind: kind, body: Array(body.utf8)[...]) }
    }

    @Test func refusesDigestsThatAreNone() {
        var result = JobStateMachineTests.result
        result.imageDigest = "../../etc/passwd"
        let body = Fact.Event.done(result).encodedBody()
        #expect(throws: FactError.self) { try Fact.Event(kind: "done", body: body[...]) }
    }

    @Test func cutsLongFailures() {
        let failure = JobFailure(
            code: String(repeating: "c", count: 100), message: String(repeating: "é", count: 2_000) + "\u{0}",
            retryable: false)
        #expect(failure.code.utf8.count == JobFailure.maximumCodeBytes)
        #expect(failure.message.utf8.count == JobFailure.maximumMessageBytes)
        #expect(JobFailure(code: "c", message: "a\u{0}b", retryable: false).message == "ab")
    }

    @Test func namesOfWorkersArePlain() {
        #expect(WorkerName(rawValue: "gpu-3.example:4711") != nil)
        #expect(WorkerName(rawValue: "") == nil)
        #expect(WorkerName(rawValue: "a b") == nil)
        #expect(WorkerName(rawValue: String(repeating: "a", count: 129)) == nil)
        #expect(WorkerName(sanitizing: "my host é").rawValue == "my-host---")
        #expect(WorkerName(rawValue: WorkerName(sanitizing: "").rawValue) != nil)
    }
}
