public import CoreMetrics
import Synchronization

/// The metrics of a process and their text exposition in Prometheus format 0.0.4.
///
/// A metric is created once for each pair of name and labels: asking again gives the same one. A name keeps the kind
/// that it was first used with; a later use with another kind gets a metric that counts for itself and is not exposed,
/// since two kinds under one name would make the whole exposition unreadable.
public final class PrometheusRegistry: MetricsFactory {
    /// Value of the `Content-Type` header that goes with ``exposition()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Upper bounds in seconds of a timer that was given none.
    public static let secondBuckets = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    private enum Kind: String {
        case counter, gauge, histogram
    }

    private struct Family {
        var kind: Kind
        var series: [String: any PrometheusSeries] = [:]
    }

    private let help: [String: String]
    private let buckets: [String: [Double]]
    private let families = Mutex<[String: Family]>([:])

    /// Makes an empty registry.
    ///
    /// - Parameters:
    ///   - help: Help text by metric name.
    ///   - buckets: Upper bounds by metric name, for histograms other than of seconds.
    public init(help: [String: String] = MetricName.help, buckets: [String: [Double]] = MetricName.buckets) {
        self.help = help
        self.buckets = buckets
    }

    /// All metrics as text, sorted by name and labels.
    public func exposition() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            if let help = help[name] { text += "# HELP \(name) \(PrometheusText.escaped(help, quotes: false))\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.render(name: name, labels: labels, into: &text)
            }
        }
        return text
    }

    private func series<Series: PrometheusSeries>(
        _ kind: Kind, _ label: String, _ dimensions: [(String, String)], make: () -> Series
    ) -> Series {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            guard families[name, default: Family(kind: kind)].kind == kind else { return make() }
            if let known = families[name]?.series[labels] as? Series { return known }
            let series = make()
            families[name, default: Family(kind: kind)].series[labels] = series
            return series
        }
    }

    private func forget(_ handler: AnyObject) {
        families.withLock { families in
            for (name, family) in families {
                for (labels, series) in family.series where series === handler {
                    families[name]?.series[labels] = nil
                }
            }
        }
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
        series(.histogram, label, dimensions) {
            PrometheusHistogram(bounds: buckets[label] ?? Self.secondBuckets)
        }
    }
}

extension PrometheusRegistry {
    /// Makes a counter.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions) { PrometheusCounter() }
    }

    /// Makes a counter of fractions.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions) { PrometheusCounter() }
    }

    /// Makes a gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions) { PrometheusGauge() }
    }

    /// Makes a histogram, or a gauge where `aggregate` is false.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : series(.gauge, label, dimensions) { PrometheusGauge() }
    }

    /// Makes a histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    /// Takes a counter out of the exposition.
    public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
    /// Takes a counter out of the exposition.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
    /// Takes a gauge out of the exposition.
    public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    /// Takes a histogram or gauge out of the exposition.
    public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
    /// Takes a histogram out of the exposition.
    public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }
}
