/// A dictionary of tensors in a checkpoint.
public struct StateDictionary: Hashable, Sendable {
    /// The keys that lead to it, with slashes between them; empty for the root.
    public let place: String
    /// Its tensors by name.
    public let tensors: [String: TensorRecord]
}

// Programs wrap their state dictionaries in ways of their own ("g_ema", "state_dict", "params_ema", …). No list of
// such names is ever complete, so dictionaries are found by what they hold.

extension Checkpoint {
    /// Every dictionary that holds tensors under text, outermost first.
    ///
    /// The modules of a TorchScript file are one dictionary, with dots between the names, as PyTorch would name them.
    public func stateDictionaries() -> [StateDictionary] {
        var found: [StateDictionary] = []
        collect(root, "", into: &found)
        return found
    }

    /// The value that the keys of `place`, with slashes between them, lead to; elements of lists have numbers.
    public func value(at place: String) -> CheckpointValue? {
        place.isEmpty ? root : Self.value(at: place[...], in: root)
    }

    /// Where tensors called `name` are: the place of the dictionary, and what stands before the name there.
    ///
    /// Finds a network in any wrapper: a file of DataParallel, for one, holds "conv1.weight" as "module.conv1.weight",
    /// and the prefix is "module.".
    public func places(of name: String) -> [(place: String, prefix: String)] {
        stateDictionaries().flatMap { dictionary in
            dictionary.tensors.keys.filter { $0 == name || $0.hasSuffix("." + name) }.sorted()
                .map { (dictionary.place, String($0.dropLast(name.count))) }
        }
    }

    private func collect(_ value: CheckpointValue, _ place: String, into found: inout [StateDictionary]) {
        let isRoot = place.isEmpty
        func inner(_ key: String) -> String { isRoot ? key : "\(place)/\(key)" }
        switch value {
        case .list(let items):
            for (index, item) in items.enumerated() { collect(item, inner(String(index)), into: &found) }
        case .dictionary(let entries):
            var tensors: [String: TensorRecord] = [:]
            for entry in entries {
                guard let key = entry.key.text else { continue }
                tensors[key] = entry.value.record
            }
            if !tensors.isEmpty, entries.allSatisfy({ $0.key.text != nil }) {
                found.append(StateDictionary(place: place, tensors: tensors))
            }
            for entry in entries { collect(entry.value, inner(Self.name(entry.key)), into: &found) }
        case .object:
            var tensors: [String: TensorRecord] = [:]
            var others: [(place: String, value: CheckpointValue)] = []
            flatten(value, "", place, &tensors, &others)
            if !tensors.isEmpty { found.append(StateDictionary(place: place, tensors: tensors)) }
            for other in others { collect(other.value, other.place, into: &found) }
        default: break
        }
    }

    /// The tensors of an object and of the objects in it; other containers in them are left to `others`.
    private func flatten(
        _ object: CheckpointValue, _ prefix: String, _ place: String, _ tensors: inout [String: TensorRecord],
        _ others: inout [(place: String, value: CheckpointValue)]
    ) {
        for entry in object.entries ?? [] {
            let key = Self.name(entry.key)
            let inner = place.isEmpty ? key : "\(place)/\(key)"
            switch entry.value {
            case .tensor(var record):
                record.name = prefix + key
                tensors[record.name] = record
            case .object: flatten(entry.value, "\(prefix)\(key).", inner, &tensors, &others)
            case .list, .dictionary: others.append((inner, entry.value))
            default: break
            }
        }
    }

    private static func value(at place: Substring, in value: CheckpointValue) -> CheckpointValue? {
        // A key may have slashes of its own, so the whole rest comes first.
        if let found = child(String(place), of: value) { return found }
        guard let slash = place.firstIndex(of: "/"), let next = child(String(place[..<slash]), of: value) else {
            return nil
        }
        return Self.value(at: place[place.index(after: slash)...], in: next)
    }

    private static func child(_ name: String, of value: CheckpointValue) -> CheckpointValue? {
        if let items = value.items {
            return Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
        }
        return value.entries?.first { Self.name($0.key) == name }?.value
    }

    private static func name(_ key: CheckpointValue) -> String {
        switch key {
        case .string(let name): name
        case .integer(let number): String(number)
        default: "?"
        }
    }
}
