/// One line of the table and one object of the JSON.
package struct FigureRow: Encodable, Sendable {
    /// What was measured, with its unit and the name of its yardstick.
    package var figure: String
    /// Our number; nil where it could not be had.
    package var ours: Double?
    /// What it is compared with.
    package var yardstick: Double?
    /// How good ours is beside the yardstick: more is better, whichever way the unit points.
    package var ratio: Double?
    /// Ratio that is aimed at.
    package var goal: Double?
    /// Whether it was reached; nil where there is nothing to reach.
    package var met: Bool?

    /// A number without a yardstick.
    package init(_ figure: String, ours: Double?) {
        self.figure = figure
        self.ours = ours
    }

    /// A rate: more is better.
    package static func rate(_ figure: String, ours: Double, yardstick: Double?, goal: Double?) -> FigureRow {
        FigureRow(figure, ours, yardstick, ratio: yardstick.map { ours / $0 }, goal)
    }

    /// A time or a size: less is better.
    package static func cost(_ figure: String, ours: Double, yardstick: Double?, goal: Double?) -> FigureRow {
        FigureRow(figure, ours, yardstick, ratio: yardstick.map { $0 / ours }, goal)
    }

    /// A time or a size that has to stay within a limit.
    package static func within(_ limit: Double, _ figure: String, ours: Double) -> FigureRow {
        .cost(figure, ours: ours, yardstick: limit, goal: 1)
    }

    private init(_ figure: String, _ ours: Double, _ yardstick: Double?, ratio: Double?, _ goal: Double?) {
        self.figure = figure
        self.ours = ours
        self.yardstick = yardstick
        self.ratio = ratio
        self.goal = goal
        if let ratio, let goal { met = ratio >= goal }
    }

    // Every key is always there: a missing number is null.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(figure, forKey: .figure)
        try values.encode(ours, forKey: .ours)
        try values.encode(yardstick, forKey: .yardstick)
        try values.encode(ratio, forKey: .ratio)
        try values.encode(goal, forKey: .goal)
        try values.encode(met, forKey: .met)
    }

    private enum Key: String, CodingKey {
        case figure, ours, yardstick, ratio, goal, met
    }
}
