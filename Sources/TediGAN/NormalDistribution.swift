import Foundation

/// Φ: the share of the normal distribution below `x`.
func normalDistribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
