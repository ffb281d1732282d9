import Foundation

/// One line of an evaluation's table.
public struct EvaluationFigure: Codable, Sendable, Hashable {
    /// What is aimed at.
    public struct Goal: Codable, Sendable, Hashable {
        /// The bound.
        public let value: Double
        /// Whether the figure must not be below it, or not above.
        public let isLeast: Bool

        /// At least so much.
        public static func atLeast(_ value: Double) -> Goal { Goal(value: value, isLeast: true) }
        /// At most so much.
        public static func atMost(_ value: Double) -> Goal { Goal(value: value, isLeast: false) }

        /// The goal as it is written: "≥ 0.92".
        public var text: String { (isLeast ? "≥ " : "≤ ") + EvaluationFigure.text(of: value) }
    }

    /// What the figure is compared with.
    public struct Reference: Codable, Sendable, Hashable {
        /// What it is: "on real renders", "by chance".
        public let name: String
        /// Its value.
        public let value: Double

        /// What the same figure would be of real renders: a ceiling, or for distances a floor.
        public static func renders(_ value: Double) -> Reference { Reference(name: "real renders", value: value) }
        /// What chance would reach.
        public static func chance(_ value: Double) -> Reference { Reference(name: "by chance", value: value) }
        /// Another one.
        public static func other(_ name: String, _ value: Double) -> Reference { Reference(name: name, value: value) }
    }

    /// The section; nil for figures about the judges themselves.
    public let section: EvaluationSection?
    /// What was measured, with its unit and how many it was measured on.
    public let name: String
    /// The figure.
    public let value: Double
    /// What to hold it against.
    public let reference: Reference?
    /// What is aimed at.
    public let goal: Goal?
    /// Whether the goal was reached; nil where there is none.
    public let isMet: Bool?

    /// A figure.
    public init(
        _ section: EvaluationSection?, _ name: String, _ value: Double, _ reference: Reference? = nil,
        goal: Goal? = nil
    ) {
        (self.section, self.name, self.value, self.reference, self.goal) = (section, name, value, reference, goal)
        isMet = goal.map { $0.isLeast ? value >= $0.value : value <= $0.value }
    }

    /// A number with as many digits as a run can tell.
    public static func text(of value: Double) -> String {
        guard value.isFinite else { return "none" }
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 2 ? 2 : 3
        return String(format: "%.\(digits)f", value)
    }
}
