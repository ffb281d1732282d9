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
            if let field = Self.unknownField(given, known, at: "") {
                throw TediGANError.invalid("pack.json has the unknown field \(field)")
            }
            self = manifest
        } catch let error as TediGANError {
            throw error
        } catch {
            throw .invalid("pack.json is not a manifest: \(Self.text(of: error))")
        }
    }

    /// The first field of `given` that the manifest did not keep.
    private static func unknownField(_ given: JSONValue, _ known: JSONValue, at path: String) -> String? {
        switch (given, known) {
        case (.object(let given), .object(let known)):
            for (key, value) in given.sorted(by: { $0.key < $1.key }) {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let kept = known[key] else { return place }
                if let field = unknownField(value, kept, at: place) { return field }
            }
            return nil
        case (.array(let given), .array(let known)):
            for (index, pair) in zip(given, known).enumerated() {
                if let field = unknownField(pair.0, pair.1, at: "\(path)[\(index)]") { return field }
            }
            return nil
        default:
            return nil
        }
    }

    private static func text(of error: any Error) -> String {
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
