import Foundation
import Reporting
import Testing

@testable import QueueBench

@Suite("Figures of the bench")
struct FigureTests {
    @Test("a ratio is better when it is greater, whichever way the unit points")
    func ratios() {
        let rate = FigureRow.rate("jobs/s", ours: 15_000, yardstick: 10_000, goal: 1.5)
        #expect(rate.ratio == 1.5)
        #expect(rate.met == true)
        let cost = FigureRow.cost("ms", ours: 4, yardstick: 2, goal: 1)
        #expect(cost.ratio == 0.5)
        #expect(cost.met == false)
        let alone = FigureRow.rate("jobs/s", ours: 15_000, yardstick: nil, goal: 1.5)
        #expect(alone.ratio == nil)
        #expect(alone.met == nil)
    }

    @Test("the JSON has every key, and null where a number is missing")
    func json() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("bench/queue.json")
        try FigureReport.write([FigureRow("WAL, bytes/job", ours: 491)], to: file.path)
        let objects = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]])
        let object = try #require(objects.first)
        #expect(Set(object.keys) == ["figure", "ours", "yardstick", "ratio", "goal", "met"])
        #expect(object["ours"] as? Double == 491)
        #expect(object["yardstick"] is NSNull)
        #expect(object["met"] is NSNull)
    }

    @Test("rates come of what ended between 90 % and 10 % remaining, and of the whole")
    func rates() {
        var looks = Looks()
        #expect(looks.wholeRate == nil)
        looks.add(0, at: 1)
        looks.add(100, at: 2)
        #expect(looks.steadyRate(of: 1_000) == nil)
        looks.add(500, at: 3)
        looks.add(900, at: 4)
        looks.add(1_000, at: 10)
        #expect(looks.steadyRate(of: 1_000) == 400)
        #expect(looks.wholeRate == 100)
        #expect(looks.ended == 1_000)
    }

    @Test("peers are read as they print themselves, those that failed included")
    func peers() throws {
        let lines = [
            #"{"peer": "a", "load": 0.5, "jobs": 10, "left": 0, "enqueue_per_s": 9.0, "drain_per_s": 5.0}"#,
            #"{"peer": "b", "error": "cannot be installed: no network"}"#,
            #"{"peer": "c", "drain_per_s": 7.5, "pickup_p50_ms": 3.0}"#,
        ]
        let yardsticks = try Yardsticks(lines: lines)
        #expect(yardsticks.most(\.drainPerSecond)?.name == "c")
        #expect(yardsticks.most(\.enqueuePerSecond)?.value == 9)
        #expect(yardsticks.least(\.pickupMedian)?.value == 3)
        #expect(yardsticks.least(\.pickupTail)?.value == nil)
        #expect(throws: DecodingError.self) { try Yardsticks(lines: ["Traceback"]) }
    }

    @Test("of several runs of a peer the medians count, of what each run gave")
    func runs() throws {
        let runs = try [[3.0, 7], [1, nil], [2, 9]].map { rates in
            let second = rates[1].map { ", \"drain_whole_per_s\": \($0)" } ?? ""
            return try Yardsticks(lines: ["{\"peer\": \"a\", \"drain_per_s\": \(rates[0] ?? 0)\(second)}"])
        }
        let medians = Yardsticks(mediansOf: runs)
        #expect(medians.peers.map(\.peer) == ["a"])
        #expect(medians.most(\.drainPerSecond)?.value == 2)
        #expect(medians.most(\.wholePerSecond)?.value == 8)
        #expect(medians.most(\.pickupTail)?.value == nil)
    }

    @Test("percentiles of few numbers are among them")
    func percentiles() {
        #expect([3.0, 1, 2].percentile(50) == 2)
        #expect([3.0, 1, 2].percentile(99) == 3)
        #expect([Double]().percentile(50).isNaN)
    }
}
