import Captions
import Torch

/// What sets one pack apart from another: fields of their descriptions, and numbers of their networks.
public struct PackDifference: Sendable {
    /// A field of the description that is not the same in both.
    public struct Field: Sendable, Hashable {
        /// Where it is: `policy.Smiling.layers`.
        public let path: String
        /// What the first pack says; nil where it has no such field.
        public let before: JSONValue?
        /// What the second pack says.
        public let after: JSONValue?
    }

    /// The tensors of a network that both packs have, or of both policies.
    public struct Weights: Sendable, Hashable {
        /// Which network; nil for the subspaces of the layer policy.
        public let role: PackRole?
        /// Tensors with the same shape and numbers.
        public let same: Int
        /// Tensors with the same shape and other numbers.
        public let changed: Int
        /// Tensors of one pack only, or with another shape.
        public let others: [String]
        /// Length of the change of all changed numbers over their length before: 0 for none; not finite where they were
        /// all 0.
        public let change: Double
    }

    /// Fields by path, the files' list and digests left out.
    public let fields: [Field]

    /// Networks whose files differ, in the roles' order, and at last the subspaces; of equal files nothing is said.
    public let weights: [Weights]

    /// Whether nothing sets them apart.
    public var isEmpty: Bool { fields.isEmpty && weights.isEmpty }

    /// Compares two packs.
    ///
    /// - Throws: ``TediGANError`` where a file of tensors cannot be read.
    public init(from first: ModelPack, to second: ModelPack) throws(TediGANError) {
        let (before, after) = (try first.manifest.described(), try second.manifest.described())
        fields = before.differences(from: after)
        var weights: [Weights] = []
        for role in PackRole.allCases {
            guard let old = first.manifest.part(role), let new = second.manifest.part(role),
                first.manifest.digest(of: old.file) != second.manifest.digest(of: new.file)
            else { continue }
            weights.append(
                try Self.compare(
                    role, ModelPack.tensors(first.path + "/" + old.file),
                    ModelPack.tensors(second.path + "/" + new.file)))
        }
        let (old, new) = (try first.subspaces(), try second.subspaces())
        let subspaces = try Self.compare(nil, old, new)
        if subspaces.changed > 0 || !subspaces.others.isEmpty { weights.append(subspaces) }
        self.weights = weights
    }

    private static func compare(
        _ role: PackRole?, _ before: [String: Tensor], _ after: [String: Tensor]
    ) throws(TediGANError) -> Weights {
        var (same, changed, others) = (0, 0, Set(before.keys).symmetricDifference(after.keys))
        var (length, change) = (0.0, 0.0)
        for (name, old) in before {
            guard let new = after[name] else { continue }
            guard old.shape == new.shape else {
                others.insert(name)
                continue
            }
            let (size, distance) = try computing { () throws(TorchError) in
                let (old, new) = (try old.to(dtype: .float64), try new.to(dtype: .float64))
                return (try old.square().sum().item(), try (new - old).square().sum().item())
            }
            if distance == 0 { same += 1 } else { changed += 1 }
            if distance != 0 { (length, change) = (length + size, change + distance) }
        }
        return Weights(
            role: role, same: same, changed: changed, others: others.sorted(),
            change: changed == 0 ? 0 : (change / length).squareRoot())
    }
}

extension PackManifest {
    /// The description with lists that have names in them as objects, so that a path leads to each.
    fileprivate func described() throws(TediGANError) -> JSONValue {
        var fields: [String: JSONValue] = [
            "name": .string(name), "resolution": .integer(Int64(resolution)), "layers": .integer(Int64(layers)),
            "width": .integer(Int64(width)), "truncation": .number(truncation),
            "styleCandidates": .integer(Int64(styleCandidates)), "provenance": provenance,
        ]
        if let inversion { fields["inversion"] = try JSONValue(encoding: inversion) }
        if let vocabulary { fields["vocabulary"] = .array(vocabulary.words.map(JSONValue.string)) }
        var networks: [String: JSONValue] = [:]
        for part in parts {
            networks[part.role.rawValue] = .object([
                "family": .string(part.family.rawValue), "configuration": part.configuration,
            ])
        }
        fields["parts"] = .object(networks)
        var attributes: [String: JSONValue] = [:]
        for attribute in policy.attributes { attributes[attribute.attribute] = try JSONValue(encoding: attribute) }
        fields["policy"] = .object(attributes)
        return .object(fields)
    }

    fileprivate func digest(of file: String) -> String? { files.first { $0.name == file }?.sha256 }
}

extension JSONValue {
    /// The fields that differ, by path; lists are compared as a whole.
    fileprivate func differences(from other: JSONValue, at path: String = "") -> [PackDifference.Field] {
        guard case .object(let before) = self, case .object(let after) = other else {
            return self == other ? [] : [PackDifference.Field(path: path, before: self, after: other)]
        }
        return Set(before.keys).union(after.keys).sorted().flatMap { key -> [PackDifference.Field] in
            let place = path.isEmpty ? key : "\(path).\(key)"
            guard let old = before[key], let new = after[key] else {
                return [PackDifference.Field(path: place, before: before[key], after: after[key])]
            }
            return old.differences(from: new, at: place)
        }
    }
}
