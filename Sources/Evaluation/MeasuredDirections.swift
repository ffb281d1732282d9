public import TediGAN

/// Edit directions of a generator, measured on faces of its own that a judge has labelled.
public struct MeasuredDirections {
    /// How directions are made, from the simplest.
    public enum Kind: String, Sendable, CaseIterable {
        /// Mean code with less mean code without, by the judge's verdicts.
        case difference
        /// All attributes' verdicts at once.
        case regression
        /// Regression by the judge's probabilities, less what it does to the readings of the other attributes.
        case orthogonalized
    }

    private let codes: [LatentCode]
    private let scores: [[Double]]
    private let attributes: [String]

    /// Draws and judges faces.
    /// - Parameters:
    ///   - faces: what draws and what judges.
    ///   - codes: of thousands of faces, for each number of a direction has an error of its own.
    public init(of faces: JudgedGenerator, codes: [LatentCode]) throws {
        self.codes = codes
        attributes = faces.attributes
        scores = try faces.probabilities(of: codes)
    }

    /// The directions of one kind.
    /// - Throws: ``TediGANError/invalid(_:)`` if all faces agree on an attribute.
    public func directions(_ kind: Kind) throws(TediGANError) -> EditDirections {
        let verdicts = scores.map { row in row.map { $0 > 0.5 } }
        switch kind {
        case .difference:
            return try EditDirections(of: codes, labels: verdicts, attributes: attributes, method: .difference)
        case .regression:
            return try EditDirections(of: codes, labels: verdicts, attributes: attributes)
        case .orthogonalized:
            return try EditDirections(of: codes, scores: scores, attributes: attributes)
                .orthogonalized(against: AttributeReadouts(of: codes, scores: scores, attributes: attributes))
        }
    }
}
