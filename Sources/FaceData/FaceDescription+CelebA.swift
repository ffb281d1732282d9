extension FaceDescription {
    /// What an attribute file in the manner of CelebA says of a face.
    ///
    /// Attributes that contradict each other are left open, all of them. So is what CelebA merely does not affirm of an
    /// amount: a nose that is not big need not be small. Names that ``isWorded(_:)`` does not know are passed over.
    ///
    /// - Parameter attributes: whether each attribute holds, by CelebA's names or ours; any of them may be missing.
    public init(celebA attributes: [String: Bool]) {
        self.init()
        let doubtful = Set(AttributeContradiction.all(in: attributes).joined())
        let known = attributes.filter { !doubtful.contains($0.key) }
        for attribute in FaceAttribute.allCases {
            guard let value = known[attribute.name], value || !Self.amounts.contains(attribute) else { continue }
            self[attribute] = value
        }
        // Neither straight nor wavy is a third kind of hair, so that only the other word denies one of them.
        if attributes["Straight_Hair"] != nil, !has(.wavyHair) {
            self[.wavyHair] = known["Straight_Hair"] == true ? false : nil
        }
        if let isShaved = known["No_Beard"] {
            // A goatee is said by its own name; that there is no beard holds for it as well then.
            self[.beard] = isShaved ? false : has(.goatee) ? nil : true
        }
        traits = Set(FaceTrait.allCases.filter { known[$0.name] == true })
    }

    /// Whether captions have words for an attribute of this name.
    public static func isWorded(_ name: String) -> Bool {
        FaceAttribute(rawValue: name) != nil || FaceTrait(rawValue: name) != nil
            || ["No_Beard", "Straight_Hair"].contains(name)
    }

    /// The attributes whose denial is a word of its own: thin, flat, small.
    private static let amounts: Set<FaceAttribute> = [.bushyEyebrows, .archedEyebrows, .narrowEyes, .bigNose, .bigLips]
}

/// Attributes that cannot hold together.
public enum AttributeContradiction {
    /// At most one of each group holds.
    private static let exclusive: [[String]] = [
        hairColours, ["Straight_Hair", "Wavy_Hair"], ["No_Beard", "Beard"], ["No_Beard", "Goatee"],
    ]

    private static let hairColours = ["Black_Hair", "Brown_Hair", "Blond_Hair", "Gray_Hair", "Red_Hair"]
    private static let hair = ["Bangs", "Long_Hair", "Wavy_Hair", "Straight_Hair"] + hairColours

    /// The groups of attributes of a face that hold and exclude each other, by their names; none where all is well.
    public static func all(in attributes: [String: Bool]) -> [[String]] {
        let holding = { (names: [String]) in names.filter { attributes[$0] == true } }
        var groups = exclusive.map(holding).filter { $0.count > 1 }
        if attributes["Bald"] == true, !holding(hair).isEmpty { groups.append(["Bald"] + holding(hair)) }
        return groups
    }
}
