// What Python would do by calling: here a value is arranged, and nothing runs.

extension Unpickler {
    /// A thing of the list with its arguments, in place of what calling it would give.
    mutating func reduce() throws(CheckpointFault) {
        let arguments = try elements(try pop())
        guard case .global(let global) = try pop() else { throw .malformed("a call of what is no name") }
        switch global {
        case .orderedDictionary: try push(.dictionary, try pairs(of: arguments))
        case .namespace: try push(.namespace)
        case .scriptClass(let name): try push(.object(name), arguments.isEmpty ? [] : [try make(.tuple, arguments)])
        case .rebuildTensor, .rebuildQuantizedTensor: try pushTensor(arguments, type: nil)
        case .rebuildTypedTensor:
            guard arguments.count > 6, case .global(.constant(let name)) = arguments[6],
                let type = ElementType(rawValue: String(name.dropFirst("torch.".count)))
            else { throw .malformed("a tensor without its type") }
            try pushTensor(arguments, type: type)
        case .rebuildParameter:
            guard let first = arguments.first, case .tensor = try kind(of: first) else {
                throw .malformed("a parameter without its tensor")
            }
            try push(first)
        case .size, .scriptList, .scriptTypeTag:
            guard let first = arguments.first else { throw .malformed("a list without its elements") }
            try push(first)
        case .device: try push(.text(try device(arguments)))
        case .latinText:
            let bytes = try latin(arguments)
            try spend(bytes.count / 16)
            try push(.bytes(bytes))
        case .numpyType:
            guard case .text(let name)? = arguments.first else { throw .malformed("a NumPy type without its name") }
            try push(.numpyType(name, bigEndian: name.hasPrefix(">")))
        case .numpyScalar: try push(try numpyScalar(arguments))
        case .storage, .constant: throw .malformed("a call of a type")
        }
    }

    /// Gives the value on top its attributes.
    mutating func build() throws(CheckpointFault) {
        let state = try pop()
        guard case .node(let index) = try top() else { throw .malformed("attributes for a plain value") }
        switch nodes[index].kind {
        case .dictionary: break  // Attributes of an OrderedDict: versions of modules, of no use here.
        case .namespace:
            guard case .node(let fields) = state, case .dictionary = nodes[fields].kind else {
                throw .malformed("a Namespace whose fields are no dictionary")
            }
            try extend(index, nodes[fields].items)
        case .object: replace(index, items: [state])
        case .numpyType(let name, _):
            let parts = try elements(state)
            guard parts.count > 1, case .text(let order) = parts[1] else { throw .malformed("a NumPy type's state") }
            replace(index, kind: .numpyType(name, bigEndian: order == ">"))
        default: throw .malformed("attributes for what has none")
        }
    }

    /// The pairs that an OrderedDict is made of: Python 2 gave them as a list of lists.
    private func pairs(of arguments: [PickleItem]) throws(CheckpointFault) -> [PickleItem] {
        guard let first = arguments.first else { return [] }
        var result: [PickleItem] = []
        for pair in try elements(first) {
            let parts = try elements(pair)
            guard parts.count == 2 else { throw .malformed("a pair of \(parts.count) parts") }
            // A pair that stands in the list a million times costs the file two bytes each time.
            guard result.count < limits.values else {
                throw CheckpointFault(.overLimit("a dictionary of more than \(limits.values) values"))
            }
            result.append(contentsOf: parts)
        }
        return result
    }

    private func device(_ arguments: [PickleItem]) throws(CheckpointFault) -> String {
        guard case .text(let name)? = arguments.first, name.utf8.count < 100 else {
            throw .malformed("a device without its name")
        }
        guard arguments.count > 1, case .integer(let index) = arguments[1] else { return name }
        return "\(name):\(index)"
    }

    private func latin(_ arguments: [PickleItem]) throws(CheckpointFault) -> [UInt8] {
        guard arguments.count == 2, case .text(let text) = arguments[0], case .text(let encoding) = arguments[1],
            encoding == "latin1" || encoding == "latin-1"
        else { throw .malformed("bytes in an encoding other than Latin-1") }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { throw .malformed("a byte above 255") }
            bytes.append(byte)
        }
        return bytes
    }

    /// A number of NumPy as a plain one.
    private func numpyScalar(_ arguments: [PickleItem]) throws(CheckpointFault) -> PickleItem {
        guard arguments.count == 2, case .numpyType(let name, let bigEndian) = try kind(of: arguments[0]),
            case .bytes(let bytes) = try kind(of: arguments[1])
        else { throw .malformed("a NumPy number without its type or bytes") }
        let bits = (bigEndian ? bytes : bytes.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let kind = name.drop { "<>|=".contains($0) }
        guard kind.hasSuffix(String(bytes.count)) else { throw .malformed("a NumPy number of a wrong size") }
        switch kind {
        case "f8": return .double(Double(bitPattern: bits))
        case "f4": return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case "b1": return .bool(bits != 0)
        case "i8": return .integer(Int(Int64(bitPattern: bits)))
        case "i4": return .integer(Int(Int32(truncatingIfNeeded: bits)))
        case "i2": return .integer(Int(Int16(truncatingIfNeeded: bits)))
        case "i1": return .integer(Int(Int8(truncatingIfNeeded: bits)))
        case "u4", "u2", "u1": return .integer(Int(bits))
        default: throw .malformed("a NumPy number of the type \(Self.shown(name))")
        }
    }
}
