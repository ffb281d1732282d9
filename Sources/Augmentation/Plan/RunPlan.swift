package import FaceCollections
import FaceData

/// Which samples a run adds to a folder, worked out from names and tables alone.
package struct RunPlan: Sendable {
    /// What it does of one policy.
    package struct Entry: Sendable, Codable, Equatable {
        package let policy: String
        package let kind: String
        /// Samples that are new.
        package let samples: Int
        /// Samples that were planned before.
        package let standing: Int
        /// Images that lack what the policy works on.
        package let skipped: Int
        /// Attribute by attribute, where the policy balances.
        package let balance: [BalancePlan.Row]
    }

    /// An image of one of the data sets.
    struct Image: Sendable {
        let dataset: Int
        let place: Int
        let hash: UInt64
    }

    /// The images, those of the first data set first.
    private(set) var images: [Image] = []
    /// Rows and files that are no image, or another's namesake.
    package private(set) var defects: [FaceCollectionError] = []
    /// Policy by policy.
    package private(set) var entries: [Entry] = []
    /// SHA-256 of what was planned for.
    private(set) var digest = ""

    private let recipe: Recipe
    private let sources: [any FaceSource]
    private let standing: Standing
    private var edits: [String: [BalancePlan.Assignment]] = [:]

    /// How many images there are.
    package var imageCount: Int { images.count }

    /// Plans.
    /// - Parameters:
    ///   - recipe: what to make.
    ///   - sources: the data sets, by the numbers that samples know them by; nil for one that is not read this time.
    ///   - limit: most images.
    ///   - standing: what there is.
    init(
        _ recipe: Recipe, _ sources: [any FaceSource], limit: Int?, standing: Standing
    ) throws(AugmentationError) {
        self.recipe = recipe
        self.sources = sources
        self.standing = standing
        collect(limit: limit)
        guard !images.isEmpty else {
            throw AugmentationError(
                .badInput, "there is no image in \(sources.map(\.path).joined(separator: ", "))",
                remedy: defects.first.map { "the first of \(defects.count) defects: \($0)" } ?? "check the path")
        }
        for policy in recipe.policies { entries.append(try plan(policy)) }
    }

    private mutating func collect(limit: Int?) {
        var owners: [UInt64: Int] = [:]
        var keys = ""
        for (dataset, source) in sources.enumerated() {
            defects += source.defects
            for (place, key) in source.keys.enumerated() {
                guard images.count < limit ?? .max else { break }
                let hash = SampleSeed.hash(key)
                if let owner = owners[hash] ?? standing.owners[hash], owner != dataset {
                    defects.append(
                        FaceCollectionError(
                            .clash, source.name(of: place),
                            "its key \(key) is that of an image of \(sources[owner].path)",
                            remedy: "rename it, or run the data set into a folder of its own"))
                    continue
                }
                owners[hash] = dataset
                images.append(Image(dataset: dataset, place: place, hash: hash))
                keys += "\(dataset)/\(key)\n"
            }
        }
        digest = SampleSeed.digest(Array(keys.utf8))
    }

    // MARK: Policies

    private mutating func plan(_ policy: Recipe.Policy) throws(AugmentationError) -> Entry {
        var rows: [BalancePlan.Row] = []
        if case .edit(let edit) = policy.work, !edit.balance.isEmpty {
            let plan = try balance(policy, edit)
            edits[policy.name] = plan.assignments
            rows = plan.rows
        }
        let skipped = images.count { !suits($0, policy) }
        guard skipped < images.count else {
            throw AugmentationError(
                .badInput,
                "the policy “\(policy.name)” works on a \(Self.part(policy)?.noun ?? "picture"), and no image has one",
                remedy: "take the policy out, or add the files")
        }
        var count = 0
        forEachSlot(of: policy) { _ in count += 1 }
        return Entry(
            policy: policy.name, kind: policy.kind, samples: count, standing: standing.samples(of: policy.name),
            skipped: skipped, balance: rows)
    }

    /// What an image needs beside its picture.
    private static func part(_ policy: Recipe.Policy) -> FacePart? {
        switch policy.work {
        case .resynthesis(let work): work.from == .labels ? .labels : .sketch
        case .paraphrase: .captions
        case .edit, .style: nil
        }
    }

    private func suits(_ image: Image, _ policy: Recipe.Policy) -> Bool {
        guard let part = Self.part(policy) else { return true }
        return sources[image.dataset].has(part, of: image.place)
    }

    /// Calls `body` with every new sample of a policy, in the order of the images.
    func forEachSlot<Failure: Error>(
        of policy: Recipe.Policy, _ body: (Slot) throws(Failure) -> Void
    ) throws(Failure) {
        if let assignments = edits[policy.name] {
            var last: (image: Int, variant: Int)?
            for assignment in assignments {
                let image = images[assignment.image]
                let next =
                    last?.image == assignment.image
                    ? (last?.variant ?? 0) + 1 : standing.samples(of: policy.name, image: image.hash)
                last = (assignment.image, next)
                try body(slot(image, policy, variant: next, changes: [assignment.change]))
            }
            return
        }
        for image in images where suits(image, policy) {
            for variant in 0..<policy.variants where variant >= standing.samples(of: policy.name, image: image.hash) {
                try body(slot(image, policy, variant: variant, changes: changes(policy, variant: variant)))
            }
        }
    }

    private func changes(_ policy: Recipe.Policy, variant: Int) -> [Recipe.Change] {
        guard case .edit(let edit) = policy.work, !edit.changes.isEmpty else { return [] }
        return edit.changes[variant % edit.changes.count]
    }

    private func slot(_ image: Image, _ policy: Recipe.Policy, variant: Int, changes: [Recipe.Change]) -> Slot {
        let key = sources[image.dataset].keys[image.place]
        return Slot(
            key: Slot.key(image: key, policy: policy.name, variant: variant), image: key, dataset: image.dataset,
            variant: variant,
            changes: changes.map(\.text), limit: recipe.tries)
    }

    private func balance(_ policy: Recipe.Policy, _ edit: Recipe.Edit) throws(AugmentationError) -> BalancePlan {
        let tables = sources.map(\.attributes)
        for target in edit.balance where !tables.contains(where: { $0.has(target.attribute.name) }) {
            let known = Array(Set(tables.flatMap(\.names))).sorted()
            throw AugmentationError(
                .badInput,
                "line \(target.line) of the recipe balances \(target.attribute.name), of which the data set says nothing",
                remedy: known.isEmpty
                    ? "add an attribute table, such as attributes.txt or columns of the .csv"
                    : "balance an attribute that it has: \(known.prefix(40).joined(separator: ", "))")
        }
        var numbers: [UInt64: Int] = [:]
        var free: [(image: Int, attributes: [String: Bool])] = []
        for (number, image) in images.enumerated() {
            numbers[image.hash] = number
            let known = known(of: image, edit.balance)
            guard !known.isEmpty else { continue }
            free.append((number, known))
        }
        let made = (standing.changes[policy.name] ?? []).compactMap { sample -> [String: Bool]? in
            guard let number = numbers[sample.image] else { return nil }
            let changes = sample.changes.compactMap { Recipe.Change(text: $0) }
            return AttributeGroups.apply(changes, to: known(of: images[number], edit.balance))
        }
        let hashes = images.map(\.hash)
        let used = images.map { standing.samples(of: policy.name, image: $0.hash) }
        return BalancePlan(
            edit.balance, variants: policy.variants, images: free,
            company: { company(of: images[$0], besides: policy, edit.balance) }, standing: made, used: { used[$0] },
            order: { hashes[$0] ^ recipe.seed })
    }

    /// The samples that the other policies make of an image.
    private func company(
        of image: Image, besides policy: Recipe.Policy, _ targets: [Recipe.Target]
    ) -> BalancePlan.Company {
        var company = BalancePlan.Company()
        for other in recipe.policies where other.name != policy.name && suits(image, other) {
            switch other.work {
            case .paraphrase: company.whole += other.variants
            case .style: company.recoloured += other.variants
            case .resynthesis: break
            case .edit:
                for variant in 0..<other.variants {
                    let changes = changes(other, variant: variant)
                    guard !changes.isEmpty else { break }
                    company.others.append(AttributeGroups.apply(changes, to: known(of: image, targets)))
                }
            }
        }
        return company
    }

    private func known(of image: Image, _ targets: [Recipe.Target]) -> [String: Bool] {
        let table = sources[image.dataset].attributes
        var known: [String: Bool] = [:]
        for target in targets { known[target.attribute.name] = table.value(target.attribute.name, of: image.place) }
        return known
    }
}
