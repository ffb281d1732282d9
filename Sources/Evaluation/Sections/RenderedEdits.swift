import FaceData

/// Edits of a rendered face as the renderer makes them: which can be asked for, and what changes with them.
///
/// An edit is asked for only where faces of the sex have the attribute so at times: nobody draws a woman's beard. What
/// the renderer changes along (a hat takes the fringe) cannot be held against an edit.
struct RenderedEdits {
    private let sampler: FaceSampler
    /// By attribute and value, whether women and men are drawn so.
    private let occurs: [AttributeMention: Set<Bool>]

    /// Edits of the test faces of a seed.
    init(seed: UInt64) {
        let sampler = FaceSampler(seed: FaceSplit.test.seed(base: seed))
        var counts: [AttributeMention: [Bool: Int]] = [:]
        for face in 0..<2_000 {
            let parameters = sampler.parameters(of: face)
            for attribute in FaceAttribute.allCases {
                let mention = AttributeMention(attribute: attribute, value: parameters[attribute])
                counts[mention, default: [:]][parameters[.male], default: 0] += 1
            }
        }
        self.sampler = sampler
        occurs = counts.mapValues { Set($0.filter { $0.value >= 10 }.keys) }
    }

    /// A face before and after an edit.
    struct Change {
        let before: FaceParameters
        let after: FaceParameters
        /// The attributes that the edit has to leave as they are.
        let unrelated: [Int]
    }

    /// What the renderer makes of a test face that shall have an attribute, or not.
    ///
    /// - Returns: nil where it has it so already, or cannot be drawn so.
    func change(_ face: Int, to mention: AttributeMention) -> Change? {
        let latent = sampler.latent(of: face)
        let before = FaceSampler.parameters(from: latent)
        let after = FaceSampler.parameters(from: latent, forcing: [mention.attribute: mention.value])
        // Another sex is not "drawn so" by the sex that the face has now.
        let isDrawn = mention.attribute == .male || occurs[mention]?.contains(before[.male]) == true
        guard before[mention.attribute] != mention.value, after[mention.attribute] == mention.value, isDrawn else {
            return nil
        }
        let unrelated = FaceAttribute.allCases.filter { other in
            other != mention.attribute && before[other] == after[other]
                && !RelatedAttributes.share(features: mention.attribute.name, other.name)
        }
        return Change(before: before, after: after, unrelated: unrelated.map(\.index))
    }
}
