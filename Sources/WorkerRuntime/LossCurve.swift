import Foundation

/// How the losses of an optimisation went, step by step.
///
/// Long ones are thinned out evenly, so that a curve stays small enough to be stored every few seconds.
package struct LossCurve: Codable, Equatable, Sendable {
    /// Points at most.
    package static let capacity = 512

    /// The steps that were kept, in order.
    package private(set) var steps: [Int] = []
    /// For each loss by name (`total`, `pixel`, …) its value at these steps.
    package private(set) var losses: [String: [Double]] = [:]
    /// Every how many steps one is kept.
    private var stride = 1
    /// The step after the ones that were kept, where it was not.
    private var skipped = 0

    private enum CodingKeys: CodingKey {
        case steps
        case losses
    }

    package init() {}

    /// Adds a step; a loss that was not there before counts as 0 until then.
    package mutating func append(step: Int, _ values: [String: Double]) {
        guard step > (steps.last ?? -1) else { return }
        skipped += 1
        guard skipped >= stride || steps.isEmpty else { return }
        skipped = 0
        for name in values.keys where losses[name] == nil {
            losses[name] = [Double](repeating: 0, count: steps.count)
        }
        steps.append(step)
        for name in losses.keys { losses[name]?.append(Self.finite(values[name] ?? 0)) }
        if steps.count > Self.capacity { thin() }
    }

    /// Keeps every other point, the last one among them.
    private mutating func thin() {
        stride *= 2
        let kept = steps.indices.filter { $0 % 2 == (steps.count - 1) % 2 }
        steps = kept.map { steps[$0] }
        losses = losses.mapValues { values in kept.map { values[$0] } }
    }

    /// JSON has no word for what is not a number.
    private static func finite(_ value: Double) -> Double {
        value.isFinite ? value : Double.greatestFiniteMagnitude
    }

    /// `{"losses":{"total":[…],…},"steps":[…]}`, keys sorted.
    package func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Whole numbers and finite ones under names can always be written.
        return (try? encoder.encode(self)).map(Array.init) ?? Array("{}".utf8)
    }

    /// Reads what ``encoded()`` wrote, to go on after a checkpoint; `nil` for anything else.
    package init?(decoding bytes: [UInt8]) {
        guard let curve = try? JSONDecoder().decode(Self.self, from: Data(bytes)),
            curve.losses.values.allSatisfy({ $0.count == curve.steps.count })
        else { return nil }
        self = curve
        stride = max(1, (steps.last ?? 0) / Self.capacity)
    }
}
