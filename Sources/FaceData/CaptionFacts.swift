import Foundation

/// One thing to say about a face.
struct CaptionFact: Sendable {
    /// What is said of an attribute; nil for a trait that is none of ours.
    let mention: AttributeMention?
    let form: CaptionForm
}

/// What can be said of a face, and how likely it is to be said.
struct CaptionFacts {
    private enum Subject {
        case attribute(AttributeMention)
        case trait(FaceTrait)
    }

    private var candidates: [(subject: Subject, weight: Double)] = []

    init(_ face: FaceDescription) {
        for attribute in FaceAttribute.allCases where attribute != .male {
            if face.has(attribute) {
                add(attribute, true, weight: Self.weight(of: attribute))
            } else if Self.isWorthDenying(attribute, of: face) {
                // Absence is said less often than presence; what divides the faces about evenly, more often.
                add(attribute, false, weight: [.young, .longHair, .smiling].contains(attribute) ? 0.6 : 0.2)
            }
        }
        for trait in FaceTrait.allCases where face.traits.contains(trait) { candidates.append((.trait(trait), 1)) }
    }

    private mutating func add(_ attribute: FaceAttribute, _ value: Bool, weight: Double) {
        candidates.append((.attribute(AttributeMention(attribute: attribute, value: value)), weight))
    }

    /// Chooses one to six things and a way to say each.
    func choose(using random: inout CounterRandom) -> [CaptionFact] {
        let wanted = 1 + Int(random.uniform() * 6)
        // Weighted sampling without replacement: the largest of u^(1/w) (Efraimidis and Spirakis 2006).
        let keyed = candidates.map { (subject: $0.subject, key: pow(random.uniform(), $0.weight)) }
        return keyed.sorted { $0.key > $1.key }.prefix(wanted).map { entry in
            switch entry.subject {
            case .trait(let trait): return CaptionFact(mention: nil, form: Self.pick([trait.form], using: &random))
            case .attribute(let mention):
                let forms = CaptionForms.of(mention.attribute)
                let form = Self.pick(mention.value ? forms.positive : forms.negative, using: &random)
                return CaptionFact(mention: mention, form: form)
            }
        }
    }

    private static func pick(_ forms: [CaptionForm], using random: inout CounterRandom) -> CaptionForm {
        forms[Int(random.uniform() * Double(forms.count))]
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
    private static func isWorthDenying(_ attribute: FaceAttribute, of face: FaceDescription) -> Bool {
        guard face.lacks(attribute), !CaptionForms.of(attribute).negative.isEmpty else { return false }
        return switch attribute {
        case .longHair: !face.has(.bald)
        case .wavyHair: !face.has(.bald) && (face.has(.longHair) || !face.has(.hat))
        case .bangs: !face.has(.bald) && !face.has(.hat)
        case .beard, .goatee: face.has(.male) && !face.has(.beard) && !face.has(.goatee)
        case .mustache: face.has(.male)
        case .necktie: face.has(.male)
        case .lipstick: face.lacks(.male)
        case .heavyMakeup: face.lacks(.male) && !face.has(.lipstick)
        default: true
        }
    }
}
