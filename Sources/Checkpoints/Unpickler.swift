/// Reads a pickle as data: a machine with a stack and a memory, which calls nothing.
///
/// All that it makes is counted against ``PickleLimits``, and nothing recurses over what the file says.
struct Unpickler {
    var source: ByteSource
    let limits: PickleLimits
    /// Whether classes of TorchScript may be named.
    let isScript: Bool

    private(set) var stack: [PickleItem] = []
    private var marks: [Int] = []
    private var memory: [Int: PickleItem] = [:]
    private(set) var nodes: [PickleNode] = []
    var records: [TensorRecord] = []
    var storages: [StorageReference] = []
    private var spent = 0

    init(_ source: ByteSource, limits: PickleLimits = PickleLimits(), isScript: Bool = false) {
        self.source = source
        self.limits = limits
        self.isScript = isScript
    }

    /// Runs up to the end of the pickle and gives what it holds; bytes behind it are left in the source.
    mutating func result() throws(CheckpointFault) -> PickleResult {
        while true {
            let code = try source.byte()
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw .malformed("opcode 0x\(String(code, radix: 16)) is none that checkpoints contain")
            }
            if opcode == .stop { break }
            try perform(opcode)
        }
        let root = try pop()
        var conversion = PickleConversion(nodes: nodes, records: records, limits: limits)
        return PickleResult(root: try conversion.value(root), storages: storages)
    }

    // MARK: The stack

    mutating func push(_ item: PickleItem) throws(CheckpointFault) {
        guard stack.count < limits.stack else { throw over("\(limits.stack) values on the stack") }
        stack.append(item)
    }

    /// Makes a container and pushes it.
    mutating func push(_ kind: PickleNode.Kind, _ items: [PickleItem] = []) throws(CheckpointFault) {
        try push(try make(kind, items))
    }

    /// Takes the top; what lies below the last mark is out of reach.
    mutating func pop() throws(CheckpointFault) -> PickleItem {
        guard stack.count > marks.last ?? 0, let item = stack.popLast() else { throw .malformed("stack underflow") }
        return item
    }

    /// The top, left in its place.
    func top() throws(CheckpointFault) -> PickleItem {
        guard stack.count > marks.last ?? 0, let item = stack.last else { throw .malformed("stack underflow") }
        return item
    }

    mutating func pushMark() throws(CheckpointFault) {
        guard marks.count < limits.marks else { throw over("\(limits.marks) marks on the stack") }
        marks.append(stack.count)
    }

    /// Takes everything down to the last mark, and the mark.
    mutating func popToMark() throws(CheckpointFault) -> [PickleItem] {
        guard let mark = marks.popLast() else { throw .malformed("stack underflow: no mark") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    /// Drops the top, which may be a mark.
    mutating func drop() throws(CheckpointFault) {
        if let mark = marks.last, mark == stack.count {
            marks.removeLast()
        } else {
            _ = try pop()
        }
    }

    // MARK: The memory

    mutating func remember(_ key: UInt64) throws(CheckpointFault) {
        guard let key = Int(exactly: key) else { throw .malformed("a memory place out of range") }
        try spend(1)
        memory[key] = try top()
    }

    /// Remembers under the next number.
    mutating func remember() throws(CheckpointFault) { try remember(UInt64(memory.count)) }

    mutating func recall(_ key: UInt64) throws(CheckpointFault) {
        guard let key = Int(exactly: key), let item = memory[key] else {
            throw .malformed("nothing is remembered under \(key)")
        }
        try push(item)
    }

    // MARK: Containers

    mutating func make(_ kind: PickleNode.Kind, _ items: [PickleItem] = []) throws(CheckpointFault) -> PickleItem {
        try spend(1 + items.count)
        nodes.append(PickleNode(kind: kind, items: items))
        return .node(nodes.count - 1)
    }

    /// The elements of a list or tuple.
    func elements(_ item: PickleItem) throws(CheckpointFault) -> [PickleItem] {
        guard case .node(let index) = item else { throw .malformed("a plain value where a list must be") }
        switch nodes[index].kind {
        case .list, .tuple: return nodes[index].items
        default: throw .malformed("another container where a list must be")
        }
    }

    /// What kind of container an item is.
    func kind(of item: PickleItem) throws(CheckpointFault) -> PickleNode.Kind {
        guard case .node(let index) = item else { throw .malformed("a plain value where a container must be") }
        return nodes[index].kind
    }

    /// Puts elements into the container on top.
    mutating func extend(_ items: [PickleItem]) throws(CheckpointFault) {
        guard case .node(let index) = try top() else { throw .malformed("elements for a plain value") }
        try extend(index, items)
    }

    mutating func extend(_ index: Int, _ items: [PickleItem]) throws(CheckpointFault) {
        try spend(items.count)
        nodes[index].items.append(contentsOf: items)
    }

    mutating func replace(_ index: Int, kind: PickleNode.Kind) { nodes[index].kind = kind }

    mutating func replace(_ index: Int, items: [PickleItem]) { nodes[index].items = items }

    /// Counts what is made, one for about 16 bytes: a short opcode may make a large thing out of a remembered one.
    mutating func spend(_ count: Int) throws(CheckpointFault) {
        spent += count
        guard spent <= limits.values else { throw over("\(limits.values) values") }
    }

    private func over(_ what: String) -> CheckpointFault {
        CheckpointFault(.overLimit("\(source.part) has more than \(what), more than any checkpoint needs"))
    }
}
