/// A key of whatever name, to see the fields that a body should not have.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// Refuses a body with a field that `Keys` does not have: a misspelt option must not be ignored in silence.
    func refuseUnknownFields<Keys: CodingKey & CaseIterable>(besides keys: Keys.Type) throws {
        try refuseUnknownFields(besides: keys.allCases.map(\.stringValue))
    }

    /// The same with the names of the fields.
    func refuseUnknownFields(besides names: [String]) throws {
        let known = Set(names)
        let container = try container(keyedBy: AnyKey.self)
        guard let stranger = container.allKeys.first(where: { !known.contains($0.stringValue) }) else { return }
        throw DecodingError.dataCorruptedError(
            forKey: stranger, in: container,
            debugDescription:
                "unknown field \"\(stranger.stringValue.prefix(64))\"; known: \(known.sorted().joined(separator: ", "))"
        )
    }
}
