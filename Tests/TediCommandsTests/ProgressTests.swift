import JobAPI
import Reporting
import TediCommands
import Testing

@Suite("Progress")
struct ProgressTests {
    private static func meter(_ steps: [(Counts, Double)]) -> ProgressMeter {
        var meter = ProgressMeter(steps[0].0)
        for (counts, elapsed) in steps.dropFirst() { meter.observe(counts, elapsed: elapsed) }
        return meter
    }

    @Test("A steady batch has its rate and its remaining time")
    func steady() throws {
        let steps = (0...40).map {
            (Counts(queued: 1000 - $0 * 10 - 8, running: 8, succeeded: $0 * 10), Double($0) * 0.5)
        }
        let meter = Self.meter(steps)
        let rate = try #require(meter.rate)
        #expect(abs(rate - 20) < 0.01)
        let remaining = try #require(meter.remaining)
        #expect(abs(remaining - 30) < 0.1)
        #expect(meter.fraction == 0.4)
    }

    @Test("How often one looks does not change the rate")
    func cadence() throws {
        func rate(step: Double) throws -> Double {
            let count = Int(60 / step)
            let steps = (0...count).map { index in
                // Twice as fast in the second half.
                let time = Double(index) * step
                let done = time < 30 ? time * 10 : 300 + (time - 30) * 20
                return (Counts(queued: 2000 - Int(done), succeeded: Int(done)), time)
            }
            return try #require(Self.meter(steps).rate)
        }
        let (often, seldom) = (try rate(step: 0.5), try rate(step: 2))
        #expect(abs(often - seldom) < 1)
        #expect((18...20.5).contains(often))
    }

    @Test("Nothing goes back or below zero, whatever comes")
    func neverNegative() {
        let meter = Self.meter([
            (Counts(queued: 10, succeeded: 5), 0), (Counts(queued: 12, succeeded: 3), 1), (Counts(queued: 15), 1),
            (Counts(), 0.5),
        ])
        #expect(meter.finished == 5)
        #expect(meter.rate ?? 0 >= 0)
        #expect(meter.remaining ?? 0 >= 0)
        #expect(meter.elapsed == 1)
    }

    @Test("Before the first image there is no rate, after the last no remaining time")
    func ends() {
        var meter = ProgressMeter(Counts(queued: 4))
        meter.observe(Counts(queued: 3, running: 1), elapsed: 10)
        #expect(meter.rate == nil && meter.remaining == nil)
        meter.observe(Counts(succeeded: 4), elapsed: 20)
        // The twenty seconds until the first images count.
        #expect(meter.rate == 0.2)
        #expect(meter.remaining == 0)
        #expect(ProgressMeter(Counts()).fraction == 0)
    }

    @Test("The line is the one that people know")
    func line() {
        var meter = ProgressMeter(Counts(queued: 100_000))
        meter.observe(
            Counts(queued: 56_824, running: 64, succeeded: 43_100, failed: 12), elapsed: 131)
        let line = ProgressLine.batch(name: "celeba-aug", meter: meter, columns: 120)
        #expect(line.hasPrefix("celeba-aug  43%|████"))
        #expect(line.hasSuffix("| 43,112/100,000 [02:11<02:53, 329.1 img/s, fail 12, run 64]"))
        #expect(line.count < 120)
    }

    @Test(
        "A line never wraps", arguments: [20, 40, 60, 80, 200], ["x", String(repeating: "a very long name ", count: 9)])
    func width(columns: Int, name: String) {
        var meter = ProgressMeter(Counts(queued: 9_999_999))
        meter.observe(Counts(queued: 5_000_000, succeeded: 4_999_999), elapsed: 7200)
        #expect(ProgressLine.batch(name: name, meter: meter, columns: columns).count < columns)
        #expect(
            ProgressLine.counted(name: name, done: 3, of: 9, unit: "captions", columns: columns).count < columns)
    }

    @Test(
        "Bars have eighths",
        arguments: [
            (0.0, "        "), (1.0, "████████"), (0.5, "████    "), (1.0 / 64, "▏       "), (0.99, "███████▉"),
            (-1.0, "        "), (7.0, "████████"),
        ])
    func bar(fraction: Double, expected: String) {
        #expect(ProgressLine.bar(fraction, width: 8) == expected)
    }

    @Test(
        "Times",
        arguments: [
            (0.0, "00:00"), (61.4, "01:01"), (3599.6, "1:00:00"), (86_400.0, "24:00:00"), (-5.0, "00:00"),
            (Double.nan, "?"),
        ])
    func clock(seconds: Double, expected: String) {
        #expect(ProgressLine.clock(seconds) == expected)
    }

    @Test(
        "Numbers",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
            (Int.min, "-9,223,372,036,854,775,808"),
        ])
    func grouped(value: Int, expected: String) {
        #expect(ProgressLine.grouped(value) == expected)
    }

    @Test("A foreign name cannot steer the terminal")
    func controlCharacters() {
        let line = ProgressLine.counted(name: "a\u{1B}[2Jb\n", done: 1, of: 2, unit: "x", columns: 80)
        #expect(line.hasPrefix("a[2Jb "))
        #expect(!line.contains("\n"))
    }
}

@Suite("Tables")
struct TableTests {
    @Test("Columns are aligned and lines have no space at their ends")
    func alignment() {
        var table = Table([.right("ID"), .left("NAME"), .left("STATE")])
        table.add(["7", "demo", "running"])
        table.add(["12", "größer", ""])
        #expect(table.render() == ["ID  NAME    STATE", " 7  demo    running", "12  größer"])
    }

    @Test("Rows fit the columns, and cells stay on their line")
    func cells() {
        var table = Table([.left("A"), .left("B")])
        table.add(["x\ny\u{1B}[31m"])
        table.add(["1", "2", "3"])
        #expect(table.render() == ["A         B", "x y [31m", "1         2"])
    }
}
