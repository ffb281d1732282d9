import FaceData
import Training

/// What the judges are worth on rendered faces of the test split: no figure can be trusted further than this.
public struct JudgeQuality: Codable, Sendable, Hashable {
    /// Mean over attributes of the judge's balanced accuracy.
    public let attributes: Double
    /// The attribute that the judge is worst at.
    public let worstAttribute: String
    /// Its balanced accuracy.
    public let worst: Double
    /// Mean intersection over union of the judge of regions; nil where there is none.
    public let regions: Double?

    init(_ run: EvaluationRun) throws {
        let accuracy = zip(FaceParameters.attributeNames, try run.judge.balancedAccuracy(on: run.renders))
            .filter { $0.1.isFinite }
        let worst = accuracy.min { $0.1 < $1.1 }
        attributes = accuracy.map(\.1).reduce(0, +) / Double(max(1, accuracy.count))
        (worstAttribute, self.worst) = (worst?.0 ?? "", worst?.1 ?? 0)
        regions = try run.segmenter?.overlap(on: run.renders).mean
    }

    var figures: [EvaluationFigure] {
        var figures = [
            EvaluationFigure(nil, "judge's balanced accuracy, mean over attributes", attributes),
            EvaluationFigure(nil, "judge's balanced accuracy, worst attribute (\(worstAttribute))", worst),
        ]
        if let regions {
            figures.append(EvaluationFigure(nil, "judge of regions, mean intersection over union", regions))
        }
        return figures
    }
}
