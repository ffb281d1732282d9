public import TediGAN

/// Edit directions of a generator, measured on faces of its own that a judge has labelled.
public struct MeasuredDirections {
    /// How directions are made, from the simplest.
    public enum Kind: String, Sendable, CaseIterable {
        /// Mean code with less mean code without.
        case difference
        /// All attributes at once.
        case regression
        /// Regression, less what it does to the readings of the other attributes.
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
        // Verdicts rather than probabilities: those give longer directions that drift a little more for the same success.
        scores = try faces.logits(of: codes).map { row in row.map { $0 > 0 ? 1 : 0 } }
    }

    /// The directions of one kind.
    /// - Throws: ``TediGANError/invalid(_:)`` if all faces agree on an attribute.
    public func directions(_ kind: Kind) throws(TediGANError) -> EditDirections {
        let measured = try EditDirections(
            of: codes, scores: scores, attributes: attributes, method: kind == .difference ? .difference : .regression)
        guard kind == .orthogonalized else { return measured }
        return try measured.orthogonalized(
            against: AttributeReadouts(of: codes, scores: scores, attributes: attributes))
    }
}
