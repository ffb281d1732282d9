/// Turns the nodes of a pickle into a value.
///
/// Here a container that stands in several places is written out in each, so a small pickle could grow without bound,
/// and one that contains itself would never end: both are stopped by counting.
struct PickleConversion {
    let nodes: [PickleNode]
    let records: [TensorRecord]
    let limits: PickleLimits
    private var made = 0

    init(nodes: [PickleNode], records: [TensorRecord], limits: PickleLimits) {
        self.nodes = nodes
        self.records = records
        self.limits = limits
    }

    /// The value of an item.
    /// - Parameters:
    ///   - name: the key under which it stands.
    ///   - depth: containers around it.
    mutating func value(
        _ item: PickleItem, name: String = "", depth: Int = 0
    ) throws(CheckpointFault) -> CheckpointValue {
        made += 1
        guard made <= limits.values else {
            throw CheckpointFault(.overLimit("written out, the pickle has more than \(limits.values) values"))
        }
        switch item {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .double(let value): return .double(value)
        case .text(let value): return .string(value)
        case .global(.constant(let name)): return .string(name)
        case .global: throw .malformed("a name that stands for itself")
        case .node(let index): return try container(nodes[index], name, depth + 1)
        }
    }

    private mutating func container(
        _ node: PickleNode, _ name: String, _ depth: Int
    ) throws(CheckpointFault) -> CheckpointValue {
        guard depth <= limits.depth else {
            throw CheckpointFault(.overLimit("values nest deeper than \(limits.depth) levels, or contain themselves"))
        }
        switch node.kind {
        case .list, .tuple:
            var items: [CheckpointValue] = []
            for item in node.items { items.append(try value(item, depth: depth)) }
            return .list(items)
        case .dictionary, .namespace: return try dictionary(node.items, depth)
        case .object(let className):
            guard let state = node.items.first else { return .object(className: className, state: .null) }
            return .object(className: className, state: try value(state, depth: depth))
        case .bytes(let bytes): return .bytes(bytes)
        case .longInteger(let bytes): return .longInteger(bytes)
        case .numpyType(let name, _): return .string(name)
        case .tensor(let index):
            var record = records[index]
            record.name = name
            return .tensor(record)
        case .storage: throw .malformed("a storage that is in no tensor")
        }
    }

    /// Pairs in the order of first appearance; a key that comes again changes its value, as in Python.
    private mutating func dictionary(_ items: [PickleItem], _ depth: Int) throws(CheckpointFault) -> CheckpointValue {
        var entries: [CheckpointValue.Entry] = []
        var places: [String: Int] = [:]
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            let key = try value(items[index], depth: depth)
            let entry = CheckpointValue.Entry(
                key: key, value: try value(items[index + 1], name: key.text ?? "", depth: depth))
            if let text = key.text {
                if let place = places[text] {
                    entries[place] = entry
                    continue
                }
                places[text] = entries.count
            }
            entries.append(entry)
        }
        return .dictionary(entries)
    }
}
