public import TediGAN

/// Which layers of a code carry which attribute, measured: layers of one face are put into another, and a judge looks
/// at what is drawn.
///
/// The paper assigns words to layers by such experiments, without saying how; here the effect of a set of layers on an
/// attribute is, over pairs of faces in which the judge sees it in one and not in the other, the mean change towards
/// the donor when these layers come from it, over the mean change when all do.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.4, for the question; the measure is our design.
public struct LayerAnalysis: Codable, Sendable, Hashable {
    /// The attributes, in the order of the effects.
    public let attributes: [String]
    /// L.
    public let layers: Int
    /// For each attribute, in how many pairs the two faces differ in it.
    public let pairs: [Int]
    /// What each set of layers does.
    public private(set) var sets: [LayerSet]

    /// What one set of layers does to each attribute.
    public struct LayerSet: Codable, Sendable, Hashable {
        /// The layers, ascending.
        public let layers: [Int]
        /// Share of the whole effect on each attribute; nil where no pair differs in it.
        public let effects: [Double?]
    }

    /// Which sets of layers are tried.
    public enum Sets: Sendable, Hashable {
        /// Each layer alone.
        case single
        /// Every contiguous range, and further sets that are no ranges.
        case ranges(and: [[Int]])
    }

    /// Measures sets of layers.
    /// - Parameters:
    ///   - faces: what draws and what judges.
    ///   - bases: codes into which layers are put.
    ///   - donors: as many codes, from which they come.
    ///   - tried: which sets.
    /// - Throws: ``TediGANError/invalid(_:)`` if there are no pairs.
    public init(
        of faces: JudgedGenerator, bases: [LatentCode], donors: [LatentCode], sets tried: Sets = .ranges(and: [])
    ) throws {
        guard !bases.isEmpty, bases.count == donors.count else {
            throw TediGANError.invalid("a layer analysis needs pairs of faces")
        }
        attributes = faces.attributes
        layers = faces.generator.layers
        let (before, after) = (try faces.probabilities(of: bases), try faces.probabilities(of: donors))
        let differing = attributes.indices.map { attribute in
            bases.indices.filter { (before[$0][attribute] > 0.5) != (after[$0][attribute] > 0.5) }
        }
        pairs = differing.map(\.count)
        sets = []
        for chosen in Self.list(tried, layers) where !sets.contains(where: { $0.layers == chosen }) {
            let mixed = zip(bases, donors).map { base, donor in
                var code = base
                for layer in chosen { code[layer: layer] = donor[layer: layer] }
                return code
            }
            let now = try faces.probabilities(of: mixed)
            let effects = differing.enumerated().map { attribute, pairs -> Double? in
                guard !pairs.isEmpty else { return nil }
                var (part, whole) = (0.0, 0.0)
                for pair in pairs {
                    let change = after[pair][attribute] - before[pair][attribute]
                    whole += abs(change)
                    part +=
                        change > 0
                        ? now[pair][attribute] - before[pair][attribute]
                        : before[pair][attribute] - now[pair][attribute]
                }
                return part / whole
            }
            sets.append(LayerSet(layers: chosen, effects: effects))
        }
    }

    /// The share of the effect on an attribute that a set of layers has; nil if it was not measured.
    public func effect(on attribute: String, of layers: [Int]) -> Double? {
        guard let column = attributes.firstIndex(of: attribute) else { return nil }
        return sets.first { $0.layers == layers }?.effects[column]
    }

    /// The shortest range of layers that has at least this share of the effect; the strongest of several.
    public func smallest(for attribute: String, share: Double = 0.9) -> LayerSet? {
        guard let column = attributes.firstIndex(of: attribute) else { return nil }
        return sets.filter { ($0.effects[column] ?? 0) >= share }.min { first, second in
            if first.layers.count != second.layers.count { return first.layers.count < second.layers.count }
            return (first.effects[column] ?? 0) > (second.effects[column] ?? 0)
        }
    }

    /// A policy with the layers that were measured; words and subspaces stay.
    ///
    /// Attributes that the analysis does not know, or saw in too few pairs, keep their layers.
    public func calibrated(_ policy: LayerPolicy, share: Double = 0.9, fewestPairs: Int = 20) -> LayerPolicy {
        LayerPolicy(
            attributes: policy.attributes.map { old in
                guard let column = attributes.firstIndex(of: old.attribute), pairs[column] >= fewestPairs,
                    let found = smallest(for: old.attribute, share: share)
                else { return old }
                var new = old
                new.layers = found.layers
                return new
            })
    }

    private static func list(_ tried: Sets, _ layers: Int) -> [[Int]] {
        switch tried {
        case .single: (0..<layers).map { [$0] }
        case .ranges(let further):
            (0..<layers).flatMap { first in (first..<layers).map { Array(first...$0) } } + further
        }
    }
}
