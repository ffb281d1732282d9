public import Foundation

/// How bodies become bytes: JSON with snake-case keys, sorted, and UTC timestamps in ISO 8601 with milliseconds.
///
/// Example: `let batch = try WireFormat.decode(BatchView.self, from: bytes)`
public enum WireFormat {
    /// Writes a body.
    public static func encode(_ body: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var value = encoder.singleValueContainer()
            try value.encode(timestamp(date))
        }
        return try encoder.encode(body)
    }

    /// Reads a body.
    public static func decode<Body: Decodable>(_ type: Body.Type, from bytes: Data) throws -> Body {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let value = try decoder.singleValueContainer()
            let text = try value.decode(String.self)
            if let date = try? Date(text, strategy: fractional) { return date }
            if let date = try? Date(text, strategy: Date.ISO8601FormatStyle()) { return date }
            throw DecodingError.dataCorruptedError(in: value, debugDescription: "not an ISO 8601 timestamp")
        }
        return try decoder.decode(type, from: bytes)
    }

    /// A timestamp as it stands in a body, such as `2026-11-24T18:02:11.250Z`.
    public static func timestamp(_ date: Date) -> String { date.formatted(fractional) }

    private static let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
