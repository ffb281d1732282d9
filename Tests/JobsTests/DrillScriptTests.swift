import Jobs
import Testing

@Suite("Drill scripts") struct DrillScriptTests {
    @Test func readsEveryWord() throws {
        let script = try DrillScript(
            "noop ms=200 steps=10\tcheckpoint=5 fail=2 retry_after=500  refuse crash=1 hang=1 memory=64")
        #expect(script.isNoop && script.isRefused)
        #expect(script.time == .milliseconds(200))
        #expect(script.steps == 10)
        #expect(script.checkpointInterval == 5)
        #expect(script.failures == 2)
        #expect(script.retryAfter == .milliseconds(500))
        #expect(script.crashes == 1)
        #expect(script.hangs == 1)
        #expect(script.memory == 64 << 20)
    }

    @Test func nothingIsAScriptToo() throws {
        #expect(try DrillScript("") == DrillScript(" \n"))
        let script = try DrillScript("")
        #expect(!script.isNoop && script.time == .zero && script.steps == 0 && script.retryAfter == nil)
    }

    @Test(arguments: ["ms=0", "ms=3600000", "steps=1", "steps=1000000", "fail=100", "retry_after=0", "memory=65536"])
    func takesTheLimits(_ text: String) {
        #expect(throws: Never.self) { try DrillScript(text) }
    }

    @Test(arguments: [
        "ms=-1", "ms=3600001", "ms=", "ms", "ms=1.5", "ms=1=2", "steps=0", "steps=1000001", "checkpoint=0", "fail=0",
        "fail=101", "crash=0", "hang=101", "memory=0", "memory=65537", "ms=99999999999999999999",
    ]) func refusesNumbersBeyondThem(_ text: String) {
        let error = #expect(throws: RequestError.self) { try DrillScript(text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("needs a whole number from"))
    }

    @Test(arguments: ["sleep", "MS=1", "=1", "a woman", "no\u{0}op"]) func refusesOtherWords(_ text: String) {
        let error = #expect(throws: RequestError.self) { try DrillScript(text) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("is no word of a drill"))
    }
}
