import CoreMetrics
import Testing

@testable import Telemetry

@Suite("Prometheus registry")
struct PrometheusTests {
    @Test("Counters, gauges and histograms print in format 0.0.4")
    func golden() {
        let registry = PrometheusRegistry(
            help: ["jobs_total": "Jobs that ended.", "size": "Jobs per pass.\nOne line \\ more."],
            buckets: ["size": [4, 1, 16]])
        registry.makeCounter(label: "jobs_total", dimensions: [("state", "ok"), ("lane", "1")]).increment(by: 3)
        registry.makeCounter(label: "jobs_total", dimensions: [("lane", "1"), ("state", "ok")]).increment(by: 2)
        registry.makeCounter(label: "jobs_total", dimensions: [("lane", "1"), ("state", "bad")]).increment(by: 1)
        registry.makeMeter(label: "leader", dimensions: []).set(1.5)
        let sizes = registry.makeRecorder(label: "size", dimensions: [], aggregate: true)
        for size in [1, 2, 4, 16, 17] as [Int64] { sizes.record(size) }

        #expect(
            registry.exposition() == """
                # HELP jobs_total Jobs that ended.
                # TYPE jobs_total counter
                jobs_total{lane="1",state="bad"} 1
                jobs_total{lane="1",state="ok"} 5
                # TYPE leader gauge
                leader 1.5
                # HELP size Jobs per pass.\\nOne line \\\\ more.
                # TYPE size histogram
                size_bucket{le="1"} 1
                size_bucket{le="4"} 3
                size_bucket{le="16"} 4
                size_bucket{le="+Inf"} 5
                size_sum 40
                size_count 5

                """)
    }

    @Test("Timers record seconds, with their labels before the bound")
    func timers() {
        let registry = PrometheusRegistry(help: [:], buckets: ["t": [0.1, 1]])
        let timer = registry.makeTimer(label: "t", dimensions: [("route", "/a")])
        timer.recordNanoseconds(50_000_000)
        timer.recordNanoseconds(2_000_000_000)
        #expect(
            registry.exposition() == """
                # TYPE t histogram
                t_bucket{route="/a",le="0.1"} 1
                t_bucket{route="/a",le="1"} 1
                t_bucket{route="/a",le="+Inf"} 2
                t_sum{route="/a"} 2.05
                t_count{route="/a"} 2

                """)
    }

    @Test(
        "Label values are escaped",
        arguments: [
            ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("bärtig 🧔", "bärtig 🧔"),
        ])
    func escaping(value: String, printed: String) {
        let registry = PrometheusRegistry(help: [:], buckets: [:])
        registry.makeCounter(label: "c", dimensions: [("v", value)]).increment(by: 1)
        #expect(registry.exposition() == "# TYPE c counter\nc{v=\"\(printed)\"} 1\n")
    }

    @Test(
        "Names are made legal", arguments: [("a.b-c", "a_b_c"), ("9lives", "_9lives"), ("", "_"), ("größe", "gr__e")])
    func names(label: String, printed: String) {
        #expect(PrometheusText.name(label) == printed)
    }

    @Test(
        "Values print as numbers that Prometheus reads",
        arguments: [
            (0.0, "0"), (-3, "-3"), (0.25, "0.25"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (1e18, "1e+18"),
        ] as [(Double, String)])
    func values(value: Double, printed: String) {
        #expect(PrometheusText.value(value) == printed)
    }

    @Test("A name keeps its first kind; the second kind stays out of the exposition")
    func conflict() {
        let registry = PrometheusRegistry(help: [:], buckets: [:])
        registry.makeCounter(label: "x", dimensions: []).increment(by: 1)
        registry.makeMeter(label: "x", dimensions: []).set(9 as Double)
        #expect(registry.exposition() == "# TYPE x counter\nx 1\n")
    }

    @Test("A counter never falls, and a destroyed one is gone")
    func counters() {
        let registry = PrometheusRegistry(help: [:], buckets: [:])
        let counter = registry.makeCounter(label: "x", dimensions: [])
        counter.increment(by: 2)
        counter.increment(by: -5)
        #expect(registry.exposition() == "# TYPE x counter\nx 2\n")
        registry.destroyCounter(counter)
        #expect(registry.exposition() == "")
    }

    @Test("Increments from many tasks all count")
    func concurrency() async {
        let registry = PrometheusRegistry(help: [:], buckets: [:])
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 { registry.makeCounter(label: "x", dimensions: []).increment(by: 1) }
                }
            }
        }
        #expect(registry.exposition() == "# TYPE x counter\nx 8000\n")
    }

    @Test("Every metric of ours has a legal name and a help text")
    func ours() {
        for (name, help) in MetricName.help {
            #expect(PrometheusText.name(name) == name)
            #expect(name.hasPrefix("tedi_"))
            #expect(help.hasSuffix("."))
        }
        #expect(MetricName.buckets.keys.allSatisfy { MetricName.help[$0] != nil })
    }
}
