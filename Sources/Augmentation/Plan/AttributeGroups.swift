import FaceData

/// What else changes about a face when one attribute does.
enum AttributeGroups {
    private static let hairColours: Set<FaceAttribute> = [.blackHair, .brownHair, .blondHair, .grayHair, .redHair]
    private static let hair: Set<FaceAttribute> = hairColours.union([.bangs, .longHair, .wavyHair])

    /// The attributes that cannot hold beside one that begins to hold.
    static func excluded(by attribute: FaceAttribute) -> Set<FaceAttribute> {
        if attribute == .bald { return hair }
        if hairColours.contains(attribute) { return hairColours.subtracting([attribute]).union([.bald]) }
        return hair.contains(attribute) ? [.bald] : []
    }

    /// What is known of a face after a change.
    static func apply(_ changes: [Recipe.Change], to attributes: [String: Bool]) -> [String: Bool] {
        var attributes = attributes
        for change in changes {
            if change.value {
                for other in excluded(by: change.attribute) where attributes[other.name] == true {
                    attributes[other.name] = false
                }
            }
            attributes[change.attribute.name] = change.value
        }
        return attributes
    }
}
