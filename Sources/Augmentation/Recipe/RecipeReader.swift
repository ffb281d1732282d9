import FaceData

/// Reads recipes strictly: what is misspelt is told with its line and what may have been meant.
package struct RecipeReader {
    private let file: String

    /// Reads the bytes of a recipe.
    /// - Parameter file: what it is called, for messages.
    package static func recipe(_ bytes: [UInt8], file: String) throws(RecipeError) -> Recipe {
        let reader = RecipeReader(file: file)
        return try reader.recipe(try YAMLReader.document(bytes, file: file))
    }

    private static let layers = 0...63
    private static let variants = 1...1000

    private func recipe(_ node: YAMLNode) throws(RecipeError) -> Recipe {
        let known = ["version", "name", "model", "seed", "variants", "tries", "policies", "gates", "output"]
        let fields = try RecipeFields(node, of: "the recipe", known: known, file: file)
        guard try fields.integer("version", 1...1) != nil else {
            throw fields.error("version", "is missing; write “version: 1”")
        }
        let variants = try fields.integer("variants", Self.variants) ?? 1
        let gates = try gates(fields, under: Recipe.Gates())
        guard case .list(let nodes)? = fields.entry("policies")?.value.content, !nodes.isEmpty else {
            throw fields.error("policies", "must be a list of what to make, such as “- kind: paraphrase”")
        }
        var policies: [Recipe.Policy] = []
        for node in nodes {
            let policy = try policy(node, variants: variants, gates: gates)
            guard !policies.contains(where: { $0.name == policy.name }) else {
                throw RecipeError(
                    file, line: node.line,
                    "another policy is named “\(policy.name)” already; give one of them a “name” of its own")
            }
            if let other = policies.first(where: { Self.clash($0.name, policy.name) }) {
                let (short, long) = other.name.utf8.count < policy.name.utf8.count ? (other, policy) : (policy, other)
                throw RecipeError(
                    file, line: node.line,
                    "the policies “\(other.name)” and “\(policy.name)” could give samples of two images the same key, "
                        + "for “\(long.name)” ends in “-\(short.name)”; give one of them another “name”")
            }
            policies.append(policy)
        }
        return Recipe(
            name: try fields.text("name") ?? "augmentation", model: try fields.text("model"),
            seed: try fields.seed("seed") ?? 0, tries: try fields.integer("tries", 1...100) ?? 4,
            policies: Self.ordered(policies), output: try output(fields))
    }

    /// Whether two triples of an image, one of these policies and a variant can be one key.
    ///
    /// A variant has no hyphen, so what stands before the last one is the image, a hyphen and the policy. Names of the
    /// same length are then the same; of others the longer one ends in a hyphen and the shorter one.
    private static func clash(_ one: String, _ other: String) -> Bool {
        one.hasSuffix("-\(other)") || other.hasSuffix("-\(one)")
    }

    /// Samples with label maps first and those without scores last: readers of shards learn from the first samples
    /// which columns there are.
    private static func ordered(_ policies: [Recipe.Policy]) -> [Recipe.Policy] {
        policies.filter(\.writesLabels) + policies.filter { !$0.writesLabels && $0.needsWorkers }
            + policies.filter { !$0.needsWorkers }
    }

    private func output(_ fields: RecipeFields) throws(RecipeError) -> Recipe.Output {
        var output = Recipe.Output()
        guard let entry = fields.entry("output") else { return output }
        let inner = try RecipeFields(
            entry.value, of: "“output”", known: ["images", "shards", "shard_size", "rejects"], file: file)
        output.images = try inner.flag("images") ?? output.images
        output.shards = try inner.flag("shards") ?? output.shards
        output.shardSize = try inner.integer("shard_size", 1...100_000) ?? output.shardSize
        output.rejects = try inner.flag("rejects") ?? output.rejects
        guard output.images || output.shards else {
            throw fields.error("output", "must keep “images” or “shards”")
        }
        return output
    }

    private func gates(
        _ fields: RecipeFields, under outer: Recipe.Gates
    ) throws(RecipeError) -> Recipe.Gates {
        var gates = outer
        guard let entry = fields.entry("gates") else { return gates }
        let inner = try RecipeFields(
            entry.value, of: "“gates”", known: ["similarity", "identity", "drift", "artefact"], file: file)
        gates.similarity = try inner.number("similarity", -1...1) ?? gates.similarity
        gates.identity = try inner.number("identity", -1...1) ?? gates.identity
        gates.drift = try inner.number("drift", 0...1) ?? gates.drift
        gates.artefact = try inner.number("artefact", 0...1) ?? gates.artefact
        return gates
    }

    // MARK: Policies

    private enum Kind: String, CaseIterable {
        case edit, style, resynthesis, paraphrase

        var fields: [String] {
            switch self {
            case .edit: ["balance", "edits", "strength", "steps", "gates"]
            case .style: ["layers", "styles", "gates"]
            case .resynthesis: ["from", "captions", "layers", "gates"]
            case .paraphrase: []
            }
        }
    }

    private func policy(
        _ node: YAMLNode, variants: Int, gates outer: Recipe.Gates
    ) throws(RecipeError) -> Recipe.Policy {
        let common = ["kind", "name", "variants"]
        let every = common + Kind.allCases.flatMap(\.fields)
        let head = try RecipeFields(node, of: "a policy", known: every, file: file)
        guard let kind = try head.choice("kind", Kind.self) else {
            throw head.error(
                "kind", "is missing; it is one of \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let fields = try RecipeFields(
            node, of: "a policy of kind \(kind.rawValue)", known: common + kind.fields, file: file)
        let name = try fields.text("name", limit: 24) ?? kind.rawValue
        guard name.utf8.allSatisfy(Self.isPlain) else {
            throw fields.error("name", "may have lower-case letters, digits and hyphens, for it becomes part of keys")
        }
        let work: Recipe.Work =
            switch kind {
            case .edit: .edit(try edit(fields))
            case .style: .style(try style(fields))
            case .resynthesis: .resynthesis(try resynthesis(fields))
            case .paraphrase: .paraphrase
            }
        return Recipe.Policy(
            name: name, variants: try fields.integer("variants", Self.variants) ?? variants,
            gates: kind == .paraphrase ? Recipe.Gates() : try gates(fields, under: outer), work: work)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
    }

    private func style(_ fields: RecipeFields) throws(RecipeError) -> Recipe.Style {
        guard let layers = try fields.integers("layers", Self.layers) else {
            throw fields.error("layers", "is missing; name the layers that get another style, such as [6, 7, 8, 9]")
        }
        return Recipe.Style(layers: layers, styles: try fields.integer("styles", 2...1000) ?? 64)
    }

    private func resynthesis(_ fields: RecipeFields) throws(RecipeError) -> Recipe.Resynthesis {
        guard let ground = try fields.choice("from", Recipe.Resynthesis.Ground.self) else {
            throw fields.error("from", "is missing; it is labels or sketch")
        }
        return Recipe.Resynthesis(
            from: ground, usesCaption: try fields.flag("captions") ?? true,
            layers: try fields.integers("layers", Self.layers))
    }

    private func edit(_ fields: RecipeFields) throws(RecipeError) -> Recipe.Edit {
        guard fields.has("balance") != fields.has("edits") else {
            throw RecipeError(
                file, line: fields.line,
                "an edit has either “balance”, shares to come to, or “edits”, a list of changes")
        }
        return Recipe.Edit(
            balance: try balance(fields), changes: try changes(fields),
            strength: try fields.number("strength", 0...3), steps: try fields.integer("steps", 0...200))
    }

    private func balance(_ fields: RecipeFields) throws(RecipeError) -> [Recipe.Target] {
        guard let entry = fields.entry("balance") else { return [] }
        guard case .mapping(let entries) = entry.value.content, !entries.isEmpty, entries.count <= 16 else {
            throw fields.error("balance", "must name 1 to 16 attributes with their shares, such as “Smiling: 0.5”")
        }
        var targets: [Recipe.Target] = []
        for entry in entries {
            let attribute = try attribute(entry)
            guard let share = RecipeFields.number(entry.value), (0...1).contains(share) else {
                throw RecipeError(file, line: entry.line, "the share of \(entry.key) must be a number from 0 to 1")
            }
            targets.append(Recipe.Target(attribute: attribute, share: share, line: entry.line))
        }
        return targets
    }

    private func changes(_ fields: RecipeFields) throws(RecipeError) -> [[Recipe.Change]] {
        guard let entry = fields.entry("edits") else { return [] }
        guard case .list(let nodes) = entry.value.content, !nodes.isEmpty else {
            throw fields.error("edits", "must be a list of changes, such as “- {Smiling: true}”")
        }
        var list: [[Recipe.Change]] = []
        for node in nodes {
            guard case .mapping(let entries) = node.content, !entries.isEmpty, entries.count <= 6 else {
                throw RecipeError(
                    file, line: node.line,
                    "a change names 1 to 6 attributes with true or false, such as {Smiling: true}")
            }
            var changes: [Recipe.Change] = []
            for entry in entries {
                let attribute = try attribute(entry)
                guard let value = RecipeFields.flag(entry.value) else {
                    throw RecipeError(file, line: entry.line, "\(entry.key) must be true or false")
                }
                let change = Recipe.Change(attribute: attribute, value: value)
                guard EditWords.exist(for: change) else {
                    throw RecipeError(
                        file, line: entry.line,
                        "there are no words for a face without \(attribute.name); set an attribute that replaces it")
                }
                changes.append(change)
            }
            list.append(changes)
        }
        return list
    }

    private func attribute(_ entry: YAMLNode.Entry) throws(RecipeError) -> FaceAttribute {
        guard let attribute = FaceAttribute(rawValue: entry.key) else {
            let known = FaceAttribute.allCases.map(\.name)
            throw RecipeError(
                file, line: entry.line,
                "there is no attribute “\(entry.key.prefix(64))”\(NearestName.hint(entry.key, among: known))")
        }
        return attribute
    }
}
