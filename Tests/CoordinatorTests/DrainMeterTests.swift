import Testing

@testable import Coordinator

@Suite("Drain meter") struct DrainMeterTests {
    /// A lane, its meter, and workers that take so many jobs a second; ten looks a second.
    private struct Bench {
        var meter = DrainMeter()
        var depth = 0
        var window = 0
        var now = ContinuousClock.now

        mutating func run(seconds: Int, taking rate: Int, maximum: Int = 100_000) {
            for _ in 0..<seconds * 10 {
                window = meter.window(depth: depth, maximum: maximum, at: now)
                let added = max(0, window - depth)
                meter.add(added)
                depth += added
                depth -= min(depth, rate / 10)
                now += .milliseconds(100)
            }
        }
    }

    @Test func anUnknownLaneGetsTheMinimum() {
        var meter = DrainMeter()
        #expect(meter.window(depth: 0, maximum: 10_000) == DrainMeter.minimum)
        #expect(meter.window(depth: 0, maximum: 100) == 100, "never more than allowed")
    }

    @Test func aFastLaneGetsWorkForTheHorizon() {
        var bench = Bench()
        bench.run(seconds: 1, taking: 3_000)
        #expect(bench.window >= 3_000, "an empty lane grows quickly")
        bench.run(seconds: 60, taking: 3_000)
        #expect((3_000...3_300).contains(bench.window))
        #expect(bench.depth > 0)
    }

    @Test func theWindowShrinksSlowlyAndNoFurtherThanTheMinimum() {
        var bench = Bench()
        bench.run(seconds: 20, taking: 5_000)
        let before = bench.window
        bench.run(seconds: 1, taking: 100)
        #expect(bench.window > before / 2)
        bench.run(seconds: 120, taking: 100)
        #expect(bench.window == DrainMeter.minimum)
    }

    @Test func theMaximumHolds() {
        var bench = Bench()
        bench.run(seconds: 30, taking: 50_000, maximum: 2_000)
        #expect(bench.window == 2_000)
    }
}
