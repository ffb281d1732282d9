/// The values of a mapping in a recipe, told by their names; a name that nobody asks for is a mistake.
struct RecipeFields {
    let file: String
    /// What they describe, for messages.
    let subject: String
    let line: Int
    private let entries: [String: YAMLNode.Entry]

    /// - Throws: ``RecipeError`` where it is no mapping, or has a name that is not known.
    init(_ node: YAMLNode, of subject: String, known: [String], file: String) throws(RecipeError) {
        guard case .mapping(let entries) = node.content else {
            throw RecipeError(file, line: node.line, "\(subject) has \(node.sort) where names with values belong")
        }
        for entry in entries where !known.contains(entry.key) {
            throw RecipeError(
                file, line: entry.line,
                "\(subject) has nothing named “\(entry.key.prefix(64))”\(NearestName.hint(entry.key, among: known))")
        }
        self.file = file
        self.subject = subject
        line = node.line
        self.entries = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func has(_ name: String) -> Bool { entries[name] != nil }

    func entry(_ name: String) -> YAMLNode.Entry? { entries[name] }

    /// Line of a name, or of the whole where it is absent.
    func line(of name: String) -> Int { entries[name]?.line ?? line }

    func error(_ name: String, _ message: String) -> RecipeError {
        RecipeError(file, line: line(of: name), "“\(name)” of \(subject) \(message)")
    }

    // MARK: Values

    func text(_ name: String, limit: Int = 100) throws(RecipeError) -> String? {
        guard let entry = entries[name] else { return nil }
        guard case .scalar(let text, _) = entry.value.content, !text.isEmpty else {
            throw error(name, "must be text")
        }
        guard text.utf8.count <= limit, text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw error(name, "must be one line of up to \(limit) bytes") }
        return text
    }

    func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Value.Type
    ) throws(RecipeError) -> Value? where Value.RawValue == String {
        guard let text = try text(name) else { return nil }
        let known = Value.allCases.map(\.rawValue)
        guard let value = Value(rawValue: text) else {
            throw error(name, "is “\(text)”\(NearestName.hint(text, among: known))")
        }
        return value
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(RecipeError) -> Int? {
        guard let entry = entries[name] else { return nil }
        guard let value = Self.plain(entry.value).flatMap({ Int($0) }), range.contains(value) else {
            throw error(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func seed(_ name: String) throws(RecipeError) -> UInt64? {
        guard let entry = entries[name] else { return nil }
        guard let value = Self.plain(entry.value).flatMap({ UInt64($0) }), value <= UInt64(Int64.max) else {
            throw error(name, "must be a whole number from 0 to \(Int64.max)")
        }
        return value
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(RecipeError) -> Double? {
        guard let entry = entries[name] else { return nil }
        guard let value = Self.number(entry.value), range.contains(value) else {
            throw error(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func flag(_ name: String) throws(RecipeError) -> Bool? {
        guard let entry = entries[name] else { return nil }
        guard let value = Self.flag(entry.value) else { throw error(name, "must be true or false") }
        return value
    }

    func integers(_ name: String, _ range: ClosedRange<Int>) throws(RecipeError) -> [Int]? {
        guard let entry = entries[name] else { return nil }
        guard case .list(let nodes) = entry.value.content, !nodes.isEmpty else {
            throw error(name, "must be a list of whole numbers, such as [6, 7, 8]")
        }
        var values: Set<Int> = []
        for node in nodes {
            guard let value = Self.plain(node).flatMap({ Int($0) }), range.contains(value) else {
                throw RecipeError(
                    file, line: node.line,
                    "“\(name)” of \(subject) has something else than whole numbers from \(range.lowerBound) to "
                        + "\(range.upperBound)")
            }
            values.insert(value)
        }
        return values.sorted()
    }

    static func plain(_ node: YAMLNode) -> String? {
        guard case .scalar(let text, isPlain: true) = node.content else { return nil }
        return text
    }

    static func number(_ node: YAMLNode) -> Double? {
        plain(node).flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }

    static func flag(_ node: YAMLNode) -> Bool? {
        plain(node).flatMap { ["true": true, "false": false][$0] }
    }
}
