import Foundation

/// How far the steps of an optimisation go.
public enum LearningRate: Sendable, Hashable {
    /// Always the same, as in TediGAN's 256-pixel script (0.01).
    case constant(Double)
    /// Rises at first and falls in the end, along a cosine, as in the script for 1024 pixels (0.1) and StyleGAN2's
    /// projector: shares of `steps` for the rise and the fall.
    case ramped(Double, steps: Int, rise: Double = 0.05, fall: Double = 0.25)

    /// The rate of step `step`, counted from 0.
    public func rate(at step: Int) -> Double {
        switch self {
        case .constant(let rate): return rate
        case .ramped(let rate, let steps, let rise, let fall):
            let time = Double(step) / Double(max(1, steps))
            let left = min(1, max(0, (1 - time) / max(fall, 1e-9)))
            return rate * (0.5 - 0.5 * cos(left * .pi)) * min(1, time / max(rise, 1e-9))
        }
    }
}
