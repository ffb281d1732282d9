/// The control mechanism: two codes of one shape, a content code and a style code, mixed layer by layer as the named
/// attributes ask.
///
/// For every attribute that is named, its layers (or, where the policy has a subspace for it, its directions on these
/// layers) come from one code; everything else comes from the other. In text-to-image the content code is the text's
/// and the style code comes from noise; in text-guided manipulation the picture's code is the base and the text's
/// brings the change.
///
/// Source: Xia et al., "TediGAN", 2021, section 3.4; the subspaces and the choice among candidates are our design.
public struct ControlMechanism: Sendable {
    /// Words, attributes and layers.
    public let policy: LayerPolicy
    /// Directions by name, as rows [k, C].
    public let subspaces: [String: Subspace]
    /// L.
    public let layers: Int
    /// C.
    public let width: Int

    /// What the named attributes claim of each layer.
    public enum Claim: Sendable, Hashable {
        /// Nothing.
        case none
        /// The part in a subspace.
        case part(Subspace)
        /// The whole layer.
        case whole
    }

    /// Creates a mechanism.
    public init(policy: LayerPolicy, subspaces: [String: Subspace], layers: Int, width: Int) {
        self.policy = policy
        self.subspaces = subspaces
        self.layers = layers
        self.width = width
    }

    /// The mechanism with other layers for some attributes.
    ///
    /// - Throws: as ``LayerPolicy/overriding(_:layers:)``.
    public func overriding(layers changes: [String: [Int]]) throws(TediGANError) -> ControlMechanism {
        ControlMechanism(
            policy: try policy.overriding(changes, layers: layers), subspaces: subspaces, layers: layers, width: width)
    }

    /// What the named attributes claim of each layer; subspaces of several attributes on one layer are joined.
    public func claims(of named: [NamedAttribute]) -> [Claim] {
        let policies = named.compactMap { policy.policy(of: $0.attribute) }
        // Most policies use the same subspaces on many layers, and a basis costs more than all else here.
        var made: [[String]: Subspace] = [:]
        return (0..<layers).map { layer in
            let here = policies.filter { $0.layers.contains(layer) }
            guard !here.isEmpty else { return .none }
            let names = here.compactMap(\.subspace)
            let parts = names.compactMap { subspaces[$0] }
            guard parts.count == here.count else { return .whole }
            let joined = made[names] ?? Subspace(spanning: parts.flatMap(\.basis), width: width)
            made[names] = joined
            return .part(joined)
        }
    }

    /// The base code with what is claimed taken from the source code.
    public func mix(_ base: LatentCode, with source: LatentCode, claims: [Claim]) -> LatentCode {
        var mixed = base
        for (layer, claim) in claims.enumerated() {
            switch claim {
            case .none: break
            case .whole: mixed[layer: layer] = source[layer: layer]
            case .part(let subspace):
                mixed[layer: layer] = subspace.replacing(base[layer: layer], by: source[layer: layer])[...]
            }
        }
        return mixed
    }

    /// The candidate that is nearest to `code` in what is claimed, and its squared distance: the style that already
    /// agrees best with the text, so that the mix stays close to codes that the generator knows.
    ///
    /// - Returns: the position of the first nearest candidate; nil if there is none.
    public func nearest(
        to code: LatentCode, among candidates: [LatentCode], claims: [Claim]
    ) -> (index: Int, distance: Float)? {
        let wanted = coordinates(of: code, claims: claims)
        var best: (index: Int, distance: Float)?
        for (index, candidate) in candidates.enumerated() {
            let distance = zip(wanted, coordinates(of: candidate, claims: claims)).reduce(Float(0)) {
                $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
            }
            if distance < best?.distance ?? .infinity { best = (index, distance) }
        }
        return best
    }

    /// Whether two attributes lie in one part of a code, so that neither is changed without the other: they have whole
    /// layers in common, or a direction on such layers.
    func shareParts(_ first: String, _ second: String) -> Bool {
        guard let one = policy.policy(of: first), let other = policy.policy(of: second),
            !Set(one.layers).isDisjoint(with: other.layers)
        else { return false }
        guard let mine = one.subspace.flatMap({ subspaces[$0] }), let theirs = other.subspace.flatMap({ subspaces[$0] })
        else { return true }
        // The sum of the squared cosines of the angles between them: 1 or more where they share a direction.
        let shared = (0..<mine.dimension).reduce(Float(0)) { sum, axis in
            let row = mine.basis[axis * width..<(axis + 1) * width]
            return sum + theirs.coordinates(of: row).reduce(0) { $0 + $1 * $1 }
        }
        return shared > 0.9
    }

    /// The coordinates of a code in what is claimed.
    func coordinates(of code: LatentCode, claims: [Claim]) -> [Float] {
        var list: [Float] = []
        for (layer, claim) in claims.enumerated() {
            switch claim {
            case .none: break
            case .whole: list += code[layer: layer]
            case .part(let subspace): list += subspace.coordinates(of: code[layer: layer])
            }
        }
        return list
    }
}
