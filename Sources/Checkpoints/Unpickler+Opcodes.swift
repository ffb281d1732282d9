// What each opcode does. The classes of opcodes are separate functions, so that each can be seen whole.

extension Unpickler {
    mutating func perform(_ opcode: PickleOpcode) throws(CheckpointFault) {
        switch opcode {
        case .none: try push(.null)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .int, .long, .float, .binInt, .binInt1, .binInt2, .long1, .long4, .binFloat: try pushNumber(opcode)
        case .string, .binString, .shortBinString, .unicode, .binUnicode, .shortBinUnicode, .binUnicode8, .binBytes,
            .shortBinBytes, .binBytes8, .byteArray8:
            try pushText(opcode)
        case .emptyTuple, .tuple, .tuple1, .tuple2, .tuple3, .emptyList, .list, .append, .appends, .emptyDict, .dict,
            .setItem, .setItems, .emptySet, .addItems, .frozenSet:
            try fill(opcode)
        case .mark: try pushMark()
        case .pop: try drop()
        case .popMark: _ = try popToMark()
        case .duplicate: try push(try top())
        case .put: try remember(try digits())
        case .binPut: try remember(try source.number(1))
        case .longBinPut: try remember(try source.number(4))
        case .memoize: try remember()
        case .get: try recall(try digits())
        case .binGet: try recall(try source.number(1))
        case .longBinGet: try recall(try source.number(4))
        case .global:
            let module = plainText(try source.line(limit: 1_000))
            try pushGlobal(module, plainText(try source.line(limit: 1_000)))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw .malformed("a global whose name is no text")
            }
            try pushGlobal(module, name)
        case .reduce, .newObject: try reduce()
        case .build: try build()
        case .persistentID: try pushStorage()
        case .proto:
            let version = try source.byte()
            guard version <= 5 else { throw .malformed("protocol \(version)") }
        case .frame: _ = try source.number(8)  // Only a hint how much to read at once.
        case .stop: break
        }
    }

    private mutating func fill(_ opcode: PickleOpcode) throws(CheckpointFault) {
        switch opcode {
        case .emptyTuple: try push(.tuple)
        case .tuple: try push(.tuple, try popToMark())
        case .tuple1: try push(.tuple, [try pop()])
        case .tuple2:
            let second = try pop()
            try push(.tuple, [try pop(), second])
        case .tuple3:
            let third = try pop()
            let second = try pop()
            try push(.tuple, [try pop(), second, third])
        case .list, .frozenSet: try push(.list, try popToMark())
        case .append: try add([try pop()], toList: true)
        case .appends, .addItems: try add(try popToMark(), toList: true)
        case .emptyDict: try push(.dictionary)
        case .dict: try push(.dictionary, try pairs(try popToMark()))
        case .setItem:
            let value = try pop()
            try add([try pop(), value], toList: false)
        case .setItems: try add(try pairs(try popToMark()), toList: false)
        default: try push(.list)
        }
    }

    private mutating func add(_ items: [PickleItem], toList: Bool) throws(CheckpointFault) {
        switch (try kind(of: try top()), toList) {
        case (.list, true), (.dictionary, false): try extend(items)
        default: throw .malformed(toList ? "elements for what is no list" : "pairs for what is no dictionary")
        }
    }

    private func pairs(_ items: [PickleItem]) throws(CheckpointFault) -> [PickleItem] {
        guard items.count.isMultiple(of: 2) else { throw .malformed("a key without a value") }
        return items
    }

    private mutating func pushGlobal(_ module: String, _ name: String) throws(CheckpointFault) {
        guard let global = PickleGlobal(module: module, name: name, script: isScript) else {
            throw CheckpointFault(.forbiddenGlobal(Self.shown("\(module).\(name)")))
        }
        try push(.global(global))
    }

    /// A name out of a file on one line of bearable length.
    static func shown(_ name: String) -> String {
        String(name.unicodeScalars.prefix(200).map { $0.value < 0x20 ? "?" : Character($0) })
    }
}
