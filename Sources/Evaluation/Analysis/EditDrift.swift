public import TediGAN

/// What edits along directions do to faces: how often the asked attribute changes, and what else does.
public struct EditDrift: Codable, Sendable, Hashable {
    /// How far the codes were moved.
    public let strength: Double
    /// What the edits of each attribute did.
    public let rows: [Row]

    /// What the edits of one attribute did.
    public struct Row: Codable, Sendable, Hashable {
        /// The attribute.
        public let attribute: String
        /// Faces edited: towards having it where the judge did not see it, away from it where it did.
        public let edits: Int
        /// Share of faces in which the judge's verdict changed as asked.
        public let success: Double
        /// Mean change of the judge's probability, over the other attributes.
        public let drift: Double
        /// Mean number of other attributes whose verdict changed.
        public let flips: Double
    }

    /// Mean over attributes of the success.
    public var success: Double { mean(\.success) }
    /// Mean over attributes of the drift.
    public var drift: Double { mean(\.drift) }
    /// Mean over attributes of the flips.
    public var flips: Double { mean(\.flips) }

    /// Edits faces by each attribute in turn, draws and judges them.
    /// - Parameters:
    ///   - directions: what to edit along; of the judge's attributes, though not of all.
    ///   - strength: how far.
    ///   - faces: what draws and what judges.
    ///   - codes: the faces.
    ///   - related: attributes that cannot be changed one without the other, such as two colours of hair; they do not
    ///     count as drift.
    public init(
        of directions: EditDirections, strength: Double, faces: JudgedGenerator, codes: [LatentCode],
        related: (String, String) -> Bool = { _, _ in false }
    ) throws {
        try self.init(
            of: directions, strength: strength, faces: faces, codes: codes,
            before: faces.probabilities(of: codes), related: related)
    }

    /// The same where the faces have been judged already.
    init(
        of directions: EditDirections, strength: Double, faces: JudgedGenerator, codes: [LatentCode],
        before: [[Double]], related: (String, String) -> Bool
    ) throws {
        self.strength = strength
        rows = try directions.attributes.compactMap { attribute in
            guard let asked = faces.attributes.firstIndex(of: attribute) else { return nil }
            let others = faces.attributes.indices.filter {
                $0 != asked && !related(attribute, faces.attributes[$0])
            }
            let edited = try zip(codes, before).map { code, seen in
                try directions.edited(code, attribute, strength: seen[asked] > 0.5 ? -strength : strength)
            }
            var (changed, drift, flips) = (0, 0.0, 0)
            for (was, now) in zip(before, try faces.probabilities(of: edited)) {
                if (was[asked] > 0.5) != (now[asked] > 0.5) { changed += 1 }
                for other in others {
                    drift += abs(now[other] - was[other])
                    if (was[other] > 0.5) != (now[other] > 0.5) { flips += 1 }
                }
            }
            let count = Double(max(1, codes.count))
            return Row(
                attribute: attribute, edits: codes.count, success: Double(changed) / count,
                drift: drift / count / Double(max(1, others.count)), flips: Double(flips) / count)
        }
    }

    private func mean(_ value: (Row) -> Double) -> Double {
        rows.map(value).reduce(0, +) / Double(max(1, rows.count))
    }
}
