import Foundation
import Reporting
import Testing

@testable import SystemBench

@Suite("What the system bench reads and computes")
struct MeasureTests {
    @Test("the median of an even number lies between the two in the middle")
    func medians() {
        #expect([3.0, 1, 2].median == 2)
        #expect([4.0, 1, 2, 3].median == 2.5)
        #expect([Double]().median.isNaN)
    }

    @Test("lines have captions in turn and a seed each, the same every time")
    func lines() throws {
        let captions = Captions(texts: ["he \"smiles\"", "she has bangs"])
        let data = try captions.lines(3)
        #expect(try captions.lines(3) == data)
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        #expect(
            lines == [
                #"{"caption":"he \"smiles\"","seed":1}"#, #"{"caption":"she has bangs","seed":2}"#,
                #"{"caption":"he \"smiles\"","seed":3}"#,
            ])
    }

    @Test("a file without captions is refused")
    func noCaptions() {
        #expect(throws: BenchError.self) { try Captions(reading: "/nowhere/captions.txt") }
    }

    @Test("memory that has grown once and stays is flat; memory that goes on growing is not")
    func growth() throws {
        var flat = MemoryTrace()
        var growing = MemoryTrace()
        for look in 0..<100 {
            // Warm-up: the first tenth.
            flat.add(look < 10 ? Double(look) : 100)
            growing.add(100 + Double(look))
        }
        #expect(flat.growth == 1)
        #expect(flat.peak == 100)
        #expect(try #require(growing.growth) > 1.4)
        var short = MemoryTrace()
        short.add(1)
        #expect(short.growth == nil)
        #expect(MemoryTrace().peak == nil)
    }

    @Test("phases are the sums of the worker's histograms")
    func phases() {
        let times = PhaseTimes(
            exposition: """
                # HELP tedi_worker_model_seconds Time of one forward pass.
                # TYPE tedi_worker_model_seconds histogram
                tedi_worker_model_seconds_bucket{le="0.1"} 3
                tedi_worker_model_seconds_sum 1.5
                tedi_worker_model_seconds_count 3
                tedi_worker_claim_seconds_sum 0.25
                tedi_jobs_total{state="succeeded"} 48
                tedi_jobs_total{state="failed"} 2

                """)
        #expect(times.jobs == 48)
        #expect(times.phases.map(\.name) == ["claim", "model"])
        #expect(times.phases.map(\.seconds) == [0.25, 1.5])
        #expect(PhaseTimes(reading: "/nowhere").phases.isEmpty)
    }

    @Test("processor time is read past any name, and idle time is not work")
    func processorTime() throws {
        let line = "7 (odd) name) S 1 7 7 0 -1 4194560 9 8 0 0 100 50 30 20 20 0 1 0 5 6 7"
        let stat = try #require(ProcessStat(line: line))
        #expect(stat.name == "odd) name")
        #expect(stat.seconds == 200 / ProcessStat.ticks)
        #expect(ProcessStat(line: "nonsense") == nil)
        #expect(ProcessorUse.busyTicks(ofStat: "cpu  10 20 30 1000 500 1 2 3 9 9\ncpu0 1 1\n") == 66)
        #expect(ProcessorUse.busyTicks(ofStat: "") == 0)
    }

    @Test("what others used is what is left of the machine's time")
    func others() {
        let before = ProcessorUse(parts: ["worker": 1], machine: 10, clock: 0)
        let after = ProcessorUse(parts: ["worker": 5, "redis": 1], machine: 20, clock: 10)
        let used = after.since(before)
        #expect(used.parts == ["worker": 4, "redis": 1])
        #expect(used.othersPerSecond == 0.5)
    }

    @Test("files are counted by their names, and their bytes added")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("deep"), withIntermediateDirectories: true)
        try Data([1, 2, 3]).write(to: folder.appendingPathComponent("deep/a.png"))
        try Data([1]).write(to: folder.appendingPathComponent("b.json"))
        #expect(FileCount(under: folder.path).files == 2)
        #expect(FileCount(under: folder.path).bytes == 4)
        #expect(FileCount(under: folder.path) { $0.hasSuffix(".png") }.files == 1)
        #expect(FileCount(under: "/nowhere/at/all").files == 0)
    }
}
