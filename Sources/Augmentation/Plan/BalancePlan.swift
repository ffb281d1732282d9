import FaceData

/// Which edits of which images bring an attribute table nearest to the shares that are wanted.
///
/// Faces that do not differ in the attributes in question are of one sort. Again and again the sort and the edit are
/// chosen that bring the shares, of sources and samples together, nearer by most; the plan ends where nothing does, or
/// where every image has as many samples as it may have.
package struct BalancePlan: Sendable, Equatable {
    /// The edit of one image.
    package struct Assignment: Sendable, Equatable {
        package let image: Int
        package let change: Recipe.Change
    }

    /// What the plan does to one attribute.
    package struct Row: Sendable, Equatable, Codable {
        /// Name of the attribute.
        package let attribute: String
        /// Share of the images that have it.
        package let before: Double
        /// Share that is wanted.
        package let target: Double
        /// Share of images and samples together that will have it.
        package let after: Double
        /// Samples that get it.
        package let added: Int
        /// Samples that lose it.
        package let removed: Int
    }

    /// Samples of an image that other policies make.
    package struct Company: Sendable {
        /// Those that have all that the image has.
        package var whole = 0
        /// Those of whose colours nothing is known.
        package var recoloured = 0
        /// What is known of those that were changed otherwise.
        package var others: [[String: Bool]] = []

        package init(whole: Int = 0, recoloured: Int = 0, others: [[String: Bool]] = []) {
            self.whole = whole
            self.recoloured = recoloured
            self.others = others
        }
    }

    /// The edits, in the order of the images.
    package private(set) var assignments: [Assignment] = []

    /// What comes of it, attribute by attribute, in the order of the recipe.
    package private(set) var rows: [Row] = []

    /// Plans.
    /// - Parameters:
    ///   - targets: the shares.
    ///   - variants: most samples of one image.
    ///   - images: the images that may be edited, each with what is known of it.
    ///   - company: the samples that other policies make of an image, which count as well.
    ///   - standing: what is known of samples that were planned before.
    ///   - used: how many samples of an image there are already.
    ///   - order: a number for each image that decides who comes first.
    package init(
        _ targets: [Recipe.Target], variants: Int, images: [(image: Int, attributes: [String: Bool])],
        company: (Int) -> Company = { _ in Company() },
        standing: [[String: Bool]] = [], used: (Int) -> Int = { _ in 0 }, order: (Int) -> UInt64
    ) {
        var tally = Tally(targets)
        var sorts: [UInt32: Sort] = [:]
        for (image, attributes) in images {
            let mask = tally.mask(of: attributes)
            let company = company(image)
            tally.add(mask, count: 1 + company.whole)
            tally.add(mask, known: tally.shapes, count: company.recoloured)
            for other in company.others { tally.add(tally.mask(of: other)) }
            sorts[mask, default: Sort()].images.append(image)
        }
        for attributes in standing { tally.add(tally.mask(of: attributes)) }
        let before = tally
        for mask in Array(sorts.keys) {
            let images = (sorts[mask]?.images ?? []).sorted { (order($0), $0) < (order($1), $1) }
            var sort = Sort()
            sort.images = images
            sort.left = images.map { max(0, variants - used($0)) }
            sorts[mask] = sort
        }
        let edits = tally.edits
        var lot = max(1, images.count / 100)
        while let (mask, edit) = Self.best(tally, sorts, edits, lot: lot) {
            guard let edit else {
                // No lot of this size helps; perhaps a smaller one does.
                guard lot > 1 else { break }
                lot = max(1, lot / 2)
                continue
            }
            let count = min(lot, sorts[mask]?.capacity ?? 0)
            for image in sorts[mask]?.take(count) ?? [] {
                assignments.append(Assignment(image: image, change: edits[edit].change))
            }
            tally.add(edits[edit].apply(to: mask), count: count)
        }
        assignments.sort { $0.image < $1.image }
        rows = tally.rows(since: before, assignments)
    }

    /// The images of one sort.
    private struct Sort {
        var images: [Int] = []
        /// Samples that may still be made of each of them.
        var left: [Int] = [] {
            didSet { capacity = left.reduce(0, +) }
        }
        private(set) var capacity = 0
        private var next = 0

        /// Takes images in turn, each as often as it may be; there must be as many left.
        mutating func take(_ count: Int) -> [Int] {
            var taken: [Int] = []
            var left = left
            while taken.count < count {
                let place = next % images.count
                next += 1
                guard left[place] > 0 else { continue }
                left[place] -= 1
                taken.append(images[place])
            }
            self.left = left
            return taken
        }
    }

    /// The sort and the edit that help most; the edit is nil where none helps, the whole where nothing can be edited.
    private static func best(
        _ tally: Tally, _ sorts: [UInt32: Sort], _ edits: [Tally.Edit], lot: Int
    ) -> (mask: UInt32, edit: Int?)? {
        var best: (error: Double, mask: UInt32, edit: Int?)?
        let present = tally.error
        for mask in sorts.keys.sorted() {
            let count = min(lot, sorts[mask]?.capacity ?? 0)
            guard count > 0 else { continue }
            if best == nil { best = (present - 1e-9, mask, nil) }
            for (number, edit) in edits.enumerated() where edit.changes(mask) {
                let error = tally.error(adding: edit.apply(to: mask), count: count)
                if error < best?.error ?? present { best = (error, mask, number) }
            }
        }
        return best.map { ($0.mask, $0.edit) }
    }
}

/// How many faces have which attributes, of those in question.
private struct Tally {
    /// One change of one attribute, with what it brings along.
    struct Edit {
        let change: Recipe.Change
        let set: UInt32
        let clear: UInt32

        func apply(to mask: UInt32) -> UInt32 { (mask & ~clear) | set }
        /// Whether it changes its own attribute, and not only what that excludes.
        func changes(_ mask: UInt32) -> Bool { change.value ? mask & set == 0 : mask & clear != 0 }
    }

    private let targets: [Recipe.Target]
    private var counts: [Int]
    /// Faces of which an attribute is known.
    private var totals: [Int]
    /// The attributes that are no colours.
    let shapes: UInt32

    init(_ targets: [Recipe.Target]) {
        self.targets = targets
        counts = targets.map { _ in 0 }
        totals = counts
        shapes = targets.enumerated().reduce(0) { mask, target in
            target.element.attribute.isColour ? mask : mask | 1 << UInt32(target.offset)
        }
    }

    func mask(of attributes: [String: Bool]) -> UInt32 {
        targets.enumerated().reduce(0) { mask, target in
            attributes[target.element.attribute.name] == true ? mask | 1 << UInt32(target.offset) : mask
        }
    }

    mutating func add(_ mask: UInt32, known: UInt32 = .max, count: Int = 1) {
        for place in counts.indices where known & 1 << UInt32(place) != 0 {
            totals[place] += count
            if mask & 1 << UInt32(place) != 0 { counts[place] += count }
        }
    }

    /// The edits that there are words for.
    var edits: [Edit] {
        targets.enumerated().flatMap { place, target in
            let bit: UInt32 = 1 << UInt32(place)
            let excluded = AttributeGroups.excluded(by: target.attribute)
            let others = targets.enumerated().reduce(0 as UInt32) { mask, other in
                excluded.contains(other.element.attribute) ? mask | 1 << UInt32(other.offset) : mask
            }
            let gain = Recipe.Change(attribute: target.attribute, value: true)
            let loss = Recipe.Change(attribute: target.attribute, value: false)
            return [Edit(change: gain, set: bit, clear: others), Edit(change: loss, set: 0, clear: bit)]
                .filter { EditWords.exist(for: $0.change) }
        }
    }

    /// How far the shares are from those that are wanted, all together.
    var error: Double { error(adding: 0, count: 0) }

    func error(adding mask: UInt32, count: Int) -> Double {
        var error = 0.0
        for place in counts.indices {
            let holding = counts[place] + (mask & 1 << UInt32(place) != 0 ? count : 0)
            error += abs(Double(holding) / Double(max(totals[place] + count, 1)) - targets[place].share)
        }
        return error
    }

    func rows(since before: Tally, _ assignments: [BalancePlan.Assignment]) -> [BalancePlan.Row] {
        targets.enumerated().map { place, target in
            let own = assignments.filter { $0.change.attribute == target.attribute }
            let gained = own.count { $0.change.value }
            return BalancePlan.Row(
                attribute: target.attribute.name,
                before: Double(before.counts[place]) / Double(max(before.totals[place], 1)), target: target.share,
                after: Double(counts[place]) / Double(max(totals[place], 1)), added: gained, removed: own.count - gained
            )
        }
    }
}

extension FaceAttribute {
    /// Whether it is a colour, which another style changes.
    var isColour: Bool { FaceFeatures.group(named: name)?.kind == .colour }
}
