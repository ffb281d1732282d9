import CoreMetrics
import Synchronization

/// A metric with its labels, able to print itself.
protocol PrometheusSeries: AnyObject, Sendable {
    /// Appends the series' samples to an exposition.
    func render(name: String, labels: String, into text: inout String)
}

/// A counter: only grows, but for a reset.
final class PrometheusCounter: CounterHandler, FloatingPointCounterHandler, PrometheusSeries {
    private let total = Mutex(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    func increment(by amount: Double) {
        // A counter that falls would read as a restart of the process.
        guard amount > 0 else { return }
        total.withLock { $0 += amount }
    }

    func reset() { total.withLock { $0 = 0 } }

    func render(name: String, labels: String, into text: inout String) {
        text += PrometheusText.sample(name, labels: labels, value: PrometheusText.value(total.withLock { $0 }))
    }
}

/// A gauge: goes up and down.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusSeries {
    private let current = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }

    func render(name: String, labels: String, into text: inout String) {
        text += PrometheusText.sample(name, labels: labels, value: PrometheusText.value(current.withLock { $0 }))
    }
}

/// A histogram with fixed upper bounds; timers record into it in seconds.
final class PrometheusHistogram: RecorderHandler, TimerHandler, PrometheusSeries {
    private struct State {
        /// One bin per bound and one above them all; not cumulative.
        var bins: [UInt64]
        var sum = 0.0
        var count: UInt64 = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds.sorted()
        state = Mutex(State(bins: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bin = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock {
            $0.bins[bin] += 1
            $0.sum += value
            $0.count += 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func render(name: String, labels: String, into text: inout String) {
        let state = state.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var cumulative: UInt64 = 0
        for (bound, bin) in zip(bounds + [.infinity], state.bins) {
            cumulative += bin
            text += PrometheusText.sample(
                "\(name)_bucket", labels: "\(prefix)le=\"\(PrometheusText.value(bound))\"", value: "\(cumulative)")
        }
        text += PrometheusText.sample("\(name)_sum", labels: labels, value: PrometheusText.value(state.sum))
        text += PrometheusText.sample("\(name)_count", labels: labels, value: "\(state.count)")
    }
}
