import Captions
import Foundation

extension PackManifest {
    /// The bytes of `pack.json`: keys in order, so that equal manifests have equal bytes and so equal digests.
    func json() throws(TediGANError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            var data = try encoder.encode(self)
            data.append(0x0A)
            return data
        } catch {
            throw .invalid("the manifest cannot be written as JSON: \(error)")
        }
    }

    /// Reads `pack.json`; an unknown field is a fault, so that a misspelt or newer one is not passed over.
    init(json data: Data) throws(TediGANError) {
        guard data.count <= Self.sizeLimit else {
            throw .invalid("pack.json has \(data.count) bytes; \(Self.sizeLimit) are allowed")
        }
        do {
            let manifest = try JSONDecoder().decode(PackManifest.self, from: data)
            let given = try JSONDecoder().decode(JSONValue.self, from: data)
            let known = try JSONDecoder().decode(JSONValue.self, from: try manifest.json())
            if let field = given.unknownField(beside: known, at: "") {
                throw TediGANError.invalid("pack.json has the unknown field \(field)")
            }
            self = manifest
        } catch let error as TediGANError {
            throw error
        } catch {
            throw .invalid("pack.json is not a manifest: \(Self.text(of: error))")
        }
    }

    /// The decoder's message without its wrapping.
    static func text(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return "\(error)"
        }
        let place = context.codingPath.map(\.stringValue).joined(separator: ".")
        return place.isEmpty ? context.debugDescription : "\(place): \(context.debugDescription)"
    }
}

extension PackManifest: Codable {
    private enum Key: String, CodingKey {
        case format, name, resolution, layers, width, parts, vocabulary, policy, truncation, styleCandidates
        case inversion, provenance, files
        // Format 1 has a key for each of its three networks.
        case generator, textEncoder, encoder
    }

    /// The networks of format 1, the keys of their sizes, and the files that they always have.
    private static let named: [(key: Key, role: PackRole, family: PartFamily)] = [
        (.generator, .generator, .styleGAN), (.textEncoder, .text, .textEncoder), (.encoder, .photo, .inversionEncoder),
    ]

    /// The format that a manifest needs: 1 for the networks and words that it can tell, so that such packs keep their
    /// digests; otherwise 2.
    static func format(for parts: [PackPart], vocabulary: Vocabulary?) -> Int {
        let isPlain = parts.allSatisfy { part in
            part.file == part.role.fileName && named.contains { $0.role == part.role && $0.family == part.family }
        }
        let roles = Set(parts.map(\.role))
        return isPlain && vocabulary != nil && roles.isSuperset(of: [.generator, .text]) ? 1 : 2
    }

    /// Reads either format.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let format = try container.decode(Int.self, forKey: .format)
        var parts: [PackPart] = []
        let vocabulary: Vocabulary?
        switch format {
        case 1:
            for (key, role, family) in Self.named where key != .encoder || container.contains(key) {
                let sizes = try container.decode(JSONValue.self, forKey: key)
                parts.append(PackPart(role: role, family: family, configuration: sizes))
            }
            vocabulary = try container.decode(Vocabulary.self, forKey: .vocabulary)
        case 2:
            parts = try container.decode([PackPart].self, forKey: .parts)
            vocabulary = try container.decodeIfPresent(Vocabulary.self, forKey: .vocabulary)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container,
                debugDescription: "format \(format) is none of those that are read: 1, 2")
        }
        self.init(
            format: format, name: try container.decode(String.self, forKey: .name),
            resolution: try container.decode(Int.self, forKey: .resolution),
            layers: try container.decode(Int.self, forKey: .layers),
            width: try container.decode(Int.self, forKey: .width),
            parts: parts, vocabulary: vocabulary, policy: try container.decode(LayerPolicy.self, forKey: .policy),
            truncation: try container.decode(Double.self, forKey: .truncation),
            styleCandidates: try container.decode(Int.self, forKey: .styleCandidates),
            inversion: try container.decodeIfPresent(InversionObjective.self, forKey: .inversion),
            provenance: try container.decode(JSONValue.self, forKey: .provenance),
            files: try container.decode([File].self, forKey: .files))
    }

    /// Writes the manifest in its format.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(format, forKey: .format)
        try container.encode(name, forKey: .name)
        try container.encode(resolution, forKey: .resolution)
        try container.encode(layers, forKey: .layers)
        try container.encode(width, forKey: .width)
        if format == 1 {
            for (key, role, _) in Self.named {
                try container.encodeIfPresent(part(role)?.configuration, forKey: key)
            }
        } else {
            try container.encode(parts, forKey: .parts)
        }
        try container.encodeIfPresent(vocabulary, forKey: .vocabulary)
        try container.encode(policy, forKey: .policy)
        try container.encode(truncation, forKey: .truncation)
        try container.encode(styleCandidates, forKey: .styleCandidates)
        try container.encodeIfPresent(inversion, forKey: .inversion)
        try container.encode(provenance, forKey: .provenance)
        try container.encode(files, forKey: .files)
    }
}
