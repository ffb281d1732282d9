import JobAPI
package import Reporting

extension ProgressLine {
    /// A batch, such as
    /// `celeba-aug  43%|████▎     | 43,112/100,000 [02:11<02:53, 328.0 img/s, fail 12, run 64]`.
    package static func batch(name: String, meter: ProgressMeter, columns: Int) -> String {
        let rate = meter.rate.map { decimal($0) } ?? "?"
        let tail =
            "| \(grouped(meter.finished))/\(grouped(meter.counts.total)) "
            + "[\(clock(meter.elapsed))<\(meter.remaining.map(clock) ?? "?"), \(rate) img/s"
            + (meter.counts.failed > 0 ? ", fail \(grouped(meter.counts.failed))" : "")
            + (meter.counts.cancelled > 0 ? ", cancelled \(grouped(meter.counts.cancelled))" : "")
            + ", run \(grouped(meter.counts.running))]"
        return line(name: name, fraction: meter.fraction, tail: tail, columns: columns)
    }
}
