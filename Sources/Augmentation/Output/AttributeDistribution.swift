import FaceData

/// How many faces have which attributes, before a run and after it.
struct AttributeDistribution: Sendable, Equatable {
    /// Faces with and without an attribute.
    struct Count: Sendable, Equatable {
        var holding = 0
        var known = 0

        var share: Double { known == 0 ? 0 : Double(holding) / Double(known) }

        mutating func add(_ value: Bool?) {
            guard let value else { return }
            known += 1
            if value { holding += 1 }
        }
    }

    /// Attributes of which something is known, in the order of the data set's table.
    let names: [String]
    private(set) var before: [String: Count] = [:]
    private(set) var after: [String: Count] = [:]
    /// Shares that were wanted.
    private(set) var targets: [String: Double] = [:]

    /// The images alone.
    init(_ sources: [any FaceSource], recipe: Recipe) {
        var names: [String] = []
        for source in sources {
            for image in source.keys.indices {
                for (name, value) in source.attributes.all(of: image) { before[name, default: Count()].add(value) }
            }
            names += source.attributes.names.filter { !names.contains($0) }
        }
        let before = before
        self.names = names.filter { before[$0] != nil }
        after = before
        for policy in recipe.policies {
            guard case .edit(let edit) = policy.work else { continue }
            for target in edit.balance { targets[target.attribute.name] = target.share }
        }
    }

    /// Adds a sample, for what its image had and what was changed: nobody has looked at the picture.
    mutating func add(_ slot: Slot, attributes: [String: Bool], policy: Recipe.Policy?) {
        // Of another face on the same lines nothing is known.
        guard slot.state == .done, let policy, !policy.drawsAnother else { return }
        let changes = slot.changes.compactMap { Recipe.Change(text: $0) }
        for (name, value) in AttributeGroups.apply(changes, to: attributes) {
            // Another style changes colours first of all.
            if policy.recolours, FaceAttribute(rawValue: name)?.isColour == true { continue }
            after[name, default: Count()].add(value)
        }
    }
}

extension Recipe.Policy {
    /// Whether its samples show another face than their image.
    fileprivate var drawsAnother: Bool {
        if case .resynthesis = work { return true }
        return false
    }

    /// Whether its samples have other colours than their image.
    fileprivate var recolours: Bool {
        if case .style = work { return true }
        return false
    }
}
