import Foundation

/// One thing to say about a face.
struct CaptionFact: Sendable {
    let mention: AttributeMention
    let form: CaptionForm
}

/// What can be said of a face, and how likely it is to be said.
struct CaptionFacts {
    private var candidates: [(mention: AttributeMention, weight: Double)] = []

    init(_ face: FaceParameters) {
        for attribute in FaceAttribute.allCases where attribute != .male {
            if face[attribute] {
                candidates.append((AttributeMention(attribute: attribute, value: true), Self.weight(of: attribute)))
            } else if Self.isWorthDenying(attribute, of: face) {
                // Absence is said less often than presence; what divides the faces about evenly, more often.
                let weight = [.young, .longHair, .smiling].contains(attribute) ? 0.6 : 0.2
                candidates.append((AttributeMention(attribute: attribute, value: false), weight))
            }
        }
    }

    /// Chooses one to six things and a way to say each.
    func choose(using random: inout CounterRandom) -> [CaptionFact] {
        let wanted = 1 + Int(random.uniform() * 6)
        // Weighted sampling without replacement: the largest of u^(1/w) (Efraimidis and Spirakis 2006).
        let keyed = candidates.map { (mention: $0.mention, key: pow(random.uniform(), $0.weight)) }
        return keyed.sorted { $0.key > $1.key }.prefix(wanted).map { entry in
            let forms = CaptionForms.of(entry.mention.attribute)
            let choices = entry.mention.value ? forms.positive : forms.negative
            return CaptionFact(
                mention: entry.mention, form: choices[Int(random.uniform() * Double(choices.count))])
        }
    }

    /// Hair and things worn are what people name first.
    private static func weight(of attribute: FaceAttribute) -> Double {
        switch attribute {
        case .blackHair, .brownHair, .blondHair, .grayHair, .redHair: 2
        case .longHair, .bald, .eyeglasses, .hat, .smiling, .beard: 1.4
        default: 1
        }
    }

    private func pow(_ base: Double, _ weight: Double) -> Double {
        Foundation.pow(base, 1 / weight)
    }

    /// Whether saying that the attribute is absent is true, visible and natural.
    private static func isWorthDenying(_ attribute: FaceAttribute, of face: FaceParameters) -> Bool {
        guard !CaptionForms.of(attribute).negative.isEmpty else { return false }
        return switch attribute {
        case .longHair: !face[.bald]
        case .wavyHair: !face[.bald] && (face[.longHair] || !face[.hat])
        case .bangs: !face[.bald] && !face[.hat]
        case .beard, .goatee: face[.male] && !face[.beard] && !face[.goatee]
        case .mustache: face[.male]
        case .necktie: face[.male]
        case .lipstick: !face[.male]
        case .heavyMakeup: !face[.male] && !face[.lipstick]
        default: true
        }
    }
}
